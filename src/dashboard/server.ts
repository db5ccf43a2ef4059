import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Failure, usageFailure } from '../core/failure.js';
import { dashboardApp } from './app.js';
import { loadAssets } from './assets.js';
import type { DashboardActions, DashboardSource } from './port.js';
import { openReads } from './reads/all.js';
import { type HostName, isLoopback, parseHost } from './security/hosts.js';
import { TokenRateLimit } from './security/rate-limit.js';
import { Sessions } from './security/sessions.js';
import { Tokens } from './security/tokens.js';

export interface DashboardOptions {
  source: DashboardSource;
  /** Absent if the dashboard is read-only. */
  actions?: DashboardActions | undefined;
  /** `127.0.0.1:7878`; port 0 chooses a free port. */
  listen: string;
  allowedHosts: readonly string[];
  /** The account that started the dashboard, and the token from its state directory. */
  own: { actor: string; secret: string };
  /** Further people: name and secret. */
  named: Readonly<Record<string, string>>;
  /** The directory of the built pages. */
  pages: string;
  version: string;
  hostname: string;
  log: (line: string) => void;
  /** Replaceable clock, to test expiry. */
  now?: () => number;
}

export interface Dashboard {
  /** `http://127.0.0.1:7878` */
  readonly url: string;
  /** Signs in whoever opens it first. The secret is after `#`, which browsers never send to a server. */
  readonly signInUrl: string;
  readonly loopback: boolean;
  close(): Promise<void>;
}

/** Closes connections that send their headers slowly in order to hold them open. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** How often Node checks both timeouts. With its default of 30 s, ten seconds could become forty. */
const CHECK_MS = 2000;
const MAX_CONNECTIONS = 500;
/** Refreshes the caches before they expire: large registries take long to query. */
const WARM_MS = 15_000;
const MAX_HEADER_BYTES = 32 * 1024;

/**
 * Serves the pages and their API over HTTP.
 * @throws Failure `dashboard.*`
 */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const now = options.now ?? Date.now;
  const { name, port } = parseListen(options.listen);
  const tokens = new Tokens(options.own, options.named, now);
  const assets = loadAssets(options.pages);
  const allowed = options.allowedHosts.map(allowedHost);
  const closing = new AbortController();
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, connectionsCheckingInterval: CHECK_MS });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  const reads = openReads(options.source, now);
  await reads.overview.warm();
  const address = await listen(server, name, port);
  const app = dashboardApp({
    reads,
    actions: options.actions,
    assets,
    sessions: new Sessions(now),
    tokens,
    limit: new TokenRateLimit(now),
    hosts: { listen: { name, port: address.port }, allowed },
    version: options.version,
    hostname: options.hostname,
    location: options.source.location,
    log: options.log,
    closing: closing.signal,
  });
  const warming = setInterval(() => void reads.overview.warm(), WARM_MS).unref();
  server.on('request', getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  const url = `http://${urlHost(name)}:${address.port}`;
  return {
    url,
    signInUrl: `${url}/#sign-in=${tokens.newLink()}`,
    loopback: isLoopback(name),
    close: () => {
      clearInterval(warming);
      return closeServer(server, closing);
    },
  };
}

/** @throws Failure `dashboard.bad_listen` (exit 2) */
export function parseListen(text: string): { name: string; port: number } {
  const host = parseHost(text);
  if (host?.port !== undefined) return { name: host.name, port: host.port };
  throw usageFailure(
    'dashboard.bad_listen',
    `invalid listen address: ${JSON.stringify(text)}`,
    'use HOST:PORT, such as 127.0.0.1:7878',
  );
}

function allowedHost(text: string): HostName {
  const host = parseHost(text);
  if (host !== undefined) return host;
  throw usageFailure(
    'dashboard.bad_listen',
    `dashboard.allowed_hosts: invalid host name: ${JSON.stringify(text)}`,
    'use a name such as salvor.example.org, with or without a port',
  );
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'the address is already in use' : error.message;
      reject(
        new Failure('dashboard.listen', `${host}:${port}: ${why}`, {
          hint: 'choose another port with --listen',
          cause: error,
        }),
      );
    });
    server.listen({ host, port }, () => resolve(server.address() as AddressInfo));
  });
}

/** A host that a browser on this machine can open. */
function urlHost(name: string): string {
  if (name === '0.0.0.0' || name === '::') return '127.0.0.1';
  return name.includes(':') ? `[${name}]` : name;
}

function closeServer(server: Server, closing: AbortController): Promise<void> {
  closing.abort();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
