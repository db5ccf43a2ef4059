import { createReadStream } from 'node:fs';
import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { connectionFailure } from './connection-failure.js';

export interface WireRequest {
  method: string;
  protocol: string;
  hostname: string;
  port?: number;
  /** Path and query, encoded as they were signed. */
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

/** More connections than this to one store never made a listing faster; further requests queue. */
const MAX_SOCKETS = 128;

/** HTTP and HTTPS over connections that are kept. Idle ones do not keep the process. */
export class Transport {
  readonly #timeouts: Timeouts;
  readonly #http = new http.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  readonly #https = new https.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });

  constructor(timeouts: Timeouts) {
    this.#timeouts = timeouts;
  }

  /** Resolves with the head of the answer. @throws TransientFailure `store.unavailable`, Failure `store.tls` */
  async send(wire: WireRequest): Promise<IncomingMessage> {
    const origin = `${wire.protocol}//${wire.hostname}${wire.port === undefined ? '' : `:${wire.port}`}`;
    try {
      return await this.#attempt(wire);
    } catch (error) {
      wire.signal?.throwIfAborted();
      throw connectionFailure(error, origin);
    }
  }

  #attempt(wire: WireRequest): Promise<IncomingMessage> {
    const secure = wire.protocol === 'https:';
    const options: RequestOptions = {
      method: wire.method,
      hostname: wire.hostname.replace(/^\[|\]$/g, ''),
      path: wire.target,
      headers: wire.headers,
      agent: secure ? this.#https : this.#http,
    };
    if (wire.port !== undefined) options.port = wire.port;
    if (wire.signal !== undefined) options.signal = wire.signal;
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).request(options, resolve);
      request.on('error', reject);
      this.#limit(request, secure);
      if (wire.bodyPath === undefined) request.end();
      else {
        const source = createReadStream(wire.bodyPath);
        source.on('error', (error) => request.destroy(error));
        request.on('close', () => source.destroy());
        source.pipe(request);
      }
    });
  }

  #limit(request: ClientRequest, secure: boolean): void {
    const { connectTimeoutMs, idleTimeoutMs } = this.#timeouts;
    request.setTimeout(idleTimeoutMs, () => {
      request.destroy(timeout(`nothing came for ${idleTimeoutMs} ms`));
    });
    request.on('socket', (socket) => {
      if (!socket.connecting) return;
      const late = (): void => {
        request.destroy(timeout(`no connection within ${connectTimeoutMs} ms`));
      };
      const timer = setTimeout(late, connectTimeoutMs);
      const stop = (): void => clearTimeout(timer);
      socket.once(secure ? 'secureConnect' : 'connect', stop);
      request.once('close', stop);
    });
  }
}

function timeout(message: string): Error {
  return Object.assign(new Error(message), { code: 'ETIMEDOUT' });
}
