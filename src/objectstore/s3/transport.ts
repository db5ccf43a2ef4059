import { createReadStream } from 'node:fs';
import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { connectionFailure } from './connection-failure.js';
import { originOf } from './origin.js';
import type { HttpProxy } from './proxy.js';
import type { Route } from './route.js';

export interface WireRequest {
  method: string;
  protocol: string;
  hostname: string;
  port?: number;
  route: Route;
  /** Path and query, encoded as signed. */
  target: string;
  headers: Record<string, string>;
  /** A local file to send. */
  bodyPath?: string;
  signal?: AbortSignal;
}

export interface Timeouts {
  connectTimeoutMs: number;
  idleTimeoutMs: number;
}

/** More connections to one store never made a listing faster; further requests are queued. */
const MAX_SOCKETS = 128;

/** HTTP and HTTPS over reused connections. Idle connections do not keep the process alive. */
export class Transport {
  readonly #timeouts: Timeouts;
  readonly #http = new http.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  readonly #https = new Map<string, https.Agent>();

  constructor(timeouts: Timeouts) {
    this.#timeouts = timeouts;
  }

  /**
   * Resolves when the response headers have arrived. @throws TransientFailure `store.unavailable`, Failure `store.tls`
   */
  async send(wire: WireRequest): Promise<IncomingMessage> {
    try {
      return await this.#attempt(wire);
    } catch (error) {
      wire.signal?.throwIfAborted();
      throw connectionFailure(error, originOf(wire), wire.route.proxy);
    }
  }

  #attempt(wire: WireRequest): Promise<IncomingMessage> {
    const secure = wire.protocol === 'https:';
    const { proxy } = wire.route;
    const direct: RequestOptions = {
      method: wire.method,
      hostname: wire.hostname.replace(/^\[|\]$/g, ''),
      path: wire.target,
      headers: wire.headers,
      agent: secure ? this.#agent(wire.route) : this.#http,
    };
    if (wire.port !== undefined) direct.port = wire.port;
    const options = secure || proxy === undefined ? direct : this.#throughProxy(wire, proxy);
    if (wire.signal !== undefined) options.signal = wire.signal;
    return new Promise((resolve, reject) => {
      const isTls = secure || options.protocol === 'https:';
      const request = (isTls ? https : http).request(options, (answer) => {
        if (answer.statusCode !== 407) return resolve(answer);
        request.destroy(refusedByProxy(407, answer.statusMessage ?? ''));
      });
      request.on('error', reject);
      request.on('proxyConnect', ({ statusCode = 0, statusMessage = '' }: IncomingMessage) => {
        if (statusCode !== 200) request.destroy(refusedByProxy(statusCode, statusMessage));
      });
      this.#limit(request, isTls, secure && proxy !== undefined);
      if (wire.bodyPath === undefined) request.end();
      else {
        const source = createReadStream(wire.bodyPath);
        source.on('error', (error) => request.destroy(error));
        request.on('close', () => source.destroy());
        source.pipe(request);
      }
    });
  }

  #agent(route: Route): https.Agent {
    const key = JSON.stringify([route.proxy?.value.href, route.ca]);
    const agent = this.#https.get(key) ?? agentFor(route);
    this.#https.set(key, agent);
    return agent;
  }

  /** A request without TLS is sent to the proxy with the full address in its first line. */
  #throughProxy(wire: WireRequest, proxy: HttpProxy): RequestOptions {
    const { value: url } = proxy;
    const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    const authorization =
      login === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` };
    return {
      method: wire.method,
      protocol: url.protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || (url.protocol === 'https:' ? 443 : 80),
      path: `${originOf(wire)}${wire.target}`,
      headers: { ...wire.headers, ...authorization },
      agent: url.protocol === 'https:' ? this.#agent({ proxy: undefined, ca: wire.route.ca }) : this.#http,
    };
  }

  #limit(request: ClientRequest, secure: boolean, isTunnel: boolean): void {
    const { connectTimeoutMs, idleTimeoutMs } = this.#timeouts;
    request.setTimeout(idleTimeoutMs, () => {
      request.destroy(timeout(`nothing arrived for ${idleTimeoutMs} ms`));
    });
    const late = (): void => {
      request.destroy(timeout(`no connection within ${connectTimeoutMs} ms`));
    };
    if (isTunnel) {
      // The socket is assigned once the tunnel is open; before that the request may be queued.
      const timer = setTimeout(late, idleTimeoutMs);
      const stop = (): void => clearTimeout(timer);
      request.once('socket', stop);
      request.once('close', stop);
      return;
    }
    request.on('socket', (socket) => {
      if (!socket.connecting) return;
      const timer = setTimeout(late, connectTimeoutMs);
      const stop = (): void => clearTimeout(timer);
      socket.once(secure ? 'secureConnect' : 'connect', stop);
      request.once('close', stop);
    });
  }
}

/** TLS connections, through a proxy tunnel if there is a proxy. */
export function agentFor({ proxy, ca }: Route): https.Agent {
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS, ...(ca === undefined ? {} : { ca }) };
  if (proxy === undefined) return new https.Agent(options);
  const agent = new HttpsProxyAgent(proxy.value, options);
  // Options for the TLS connection inside the tunnel; the library uses its own for the connection to the proxy.
  Object.assign(agent.options, ca === undefined ? {} : { ca });
  return agent as unknown as https.Agent;
}

function refusedByProxy(status: number, words: string): Error {
  const error = new Error(`the proxy responded with ${status} ${words}`.trim());
  return Object.assign(error, { code: 'EPROXY', status });
}

function timeout(message: string): Error {
  return Object.assign(new Error(message), { code: 'ETIMEDOUT' });
}
