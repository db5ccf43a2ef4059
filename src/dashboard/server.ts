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
  /** Absent: read-only. */
  actions?: DashboardActions | undefined;
  /** `127.0.0.1:7878`; port 0 takes a free one. */
  listen: string;
  allowedHosts: readonly string[];
  /** The account that starts the dashboard, and the token in its state directory. */
  own: { actor: string; secret: string };
  /** More people: a name, and the secret that signs it in. */
  named: Readonly<Record<string, string>>;
  /** Where the built pages are. */
  pages: string;
  version: string;
  hostname: string;
  log: (line: string) => void;
  /** For tests of what expires. */
  now?: () => number;
}

export interface Dashboard {
  /** `http://127.0.0.1:7878` */
  readonly url: string;
  /** Signs in whoever opens it first. The secret stands after `#`, which browsers send to nobody. */
  readonly signInUrl: string;
  readonly loopback: boolean;
  close(): Promise<void>;
}

/** A request whose headers take longer to arrive is somebody who holds connections. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** How often Node looks whether either has passed; its own half a minute would make of ten seconds up to forty. */
const CHECK_MS = 2000;
const MAX_CONNECTIONS = 500;
/** Before the last answer is too old to be shown: asking again takes longest at the largest registries. */
const WARM_MS = 15_000;
const MAX_HEADER_BYTES = 32 * 1024;

/**
 * Serves pages and their questions over HTTP.
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
    `not an address to listen on: ${JSON.stringify(text)}`,
    'write HOST:PORT, such as 127.0.0.1:7878',
  );
}

function allowedHost(text: string): HostName {
  const host = parseHost(text);
  if (host !== undefined) return host;
  throw usageFailure(
    'dashboard.bad_listen',
    `dashboard.allowed_hosts: not a host name: ${JSON.stringify(text)}`,
    'write salvor.example.org, with or without a port',
  );
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'something listens there already' : error.message;
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

/** Any address of this machine, as a browser on it can use it. */
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
