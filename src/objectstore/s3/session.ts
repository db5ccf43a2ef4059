import type { IncomingMessage } from 'node:http';
import { systemClock } from '../../core/clock.js';
import type { Failure } from '../../core/failure.js';
import { encodeUri } from '../../core/uri.js';
import type { StoreOptions } from '../options.js';
import { TransientFailure } from '../transient.js';
import { answerFailure, type ErrorAnswer, isRedirect, readErrorAnswer } from './answer-failure.js';
import { resolveSite, type Site } from './site.js';
import { Transport, type WireRequest } from './transport.js';

export interface S3Request {
  method: 'GET' | 'HEAD' | 'PUT';
  /** The object's key; absent for the bucket itself. */
  key?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  bodyPath?: string;
  /** The SHA-256 of the body in hex. */
  bodySha256?: string;
  /** The name to use in failures. */
  subject: string;
  signal?: AbortSignal | undefined;
}

/** The SHA-256 of an empty body. */
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
const DEFAULT_IDLE_TIMEOUT_MS = 60_000;

/**
 * Signed requests to one bucket. The AWS SDK provides credentials, region, endpoint and signatures; the requests are
 * sent by our own code. If the bucket turns out to be in another region, that region is used from then on, once. A
 * wrong clock is corrected by the server's clock, once.
 */
export class Session {
  readonly #bucket: string;
  readonly #options: StoreOptions;
  readonly #transport: Transport;
  #site: Promise<Site> | undefined;
  #moved = false;
  #clockOffsetMs: number | undefined;

  constructor(bucket: string, options: StoreOptions) {
    this.#bucket = bucket;
    this.#options = options;
    this.#transport = new Transport({
      connectTimeoutMs: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
      idleTimeoutMs: options.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS,
    });
  }

  /** The timeout for a silent connection, and the period over which the speed is measured. */
  get idleTimeoutMs(): number {
    return this.#options.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS;
  }

  /** Returns a successful response after its headers were read. `onSend` is called for every request sent. */
  async request(request: S3Request, onSend: () => void = () => {}): Promise<IncomingMessage> {
    const site = await this.#currentSite();
    const first = await this.#exchange(site, request, onSend);
    if (!('code' in first)) return first;
    if (!isRedirect(first)) throw this.#failure(first, request);
    const second = await this.#exchange(await this.#move(site, first, request), request, onSend);
    if (!('code' in second)) return second;
    throw this.#failure(second, request);
  }

  #currentSite(): Promise<Site> {
    this.#site ??= resolveSite(this.#bucket, this.#options).catch((error: unknown) => {
      this.#site = undefined;
      throw error;
    });
    return this.#site;
  }

  async #move(from: Site, answer: ErrorAnswer, request: S3Request): Promise<Site> {
    const current = await this.#currentSite();
    // Another request has already found the right region.
    if (current !== from) return current;
    if (this.#moved || answer.region === undefined || answer.region === from.region) {
      throw answerFailure(answer, request.subject, request.key === undefined);
    }
    this.#moved = true;
    this.#site = resolveSite(this.#bucket, { ...this.#options, region: answer.region });
    return this.#site;
  }

  async #exchange(
    site: Site,
    request: S3Request,
    onSend: () => void,
  ): Promise<IncomingMessage | ErrorAnswer> {
    const wire = await this.#sign(site, request);
    onSend();
    const response = await this.#transport.send(wire);
    const status = response.statusCode ?? 0;
    return status >= 200 && status < 300 ? response : readErrorAnswer(response);
  }

  async #sign(site: Site, request: S3Request): Promise<WireRequest> {
    const keyPath = request.key === undefined ? '' : encodeUri(request.key).replaceAll('%2F', '/');
    const query = request.query ?? {};
    const now = (this.#options.clock ?? systemClock).now().getTime();
    const headers = {
      ...request.headers,
      host: site.port === undefined ? site.hostname : `${site.hostname}:${site.port}`,
      'x-amz-content-sha256': request.bodySha256 ?? EMPTY_SHA256,
    };
    const path = `${site.path.replace(/\/$/, '')}/${keyPath}`;
    const signed = await site.sign({
      method: request.method,
      path,
      query,
      headers,
      date: new Date(now + (this.#clockOffsetMs ?? 0)),
    });
    const pairs = Object.entries(query).map(([name, value]) => `${encodeUri(name)}=${encodeUri(value)}`);
    const wire: WireRequest = {
      method: request.method,
      protocol: site.protocol,
      hostname: site.hostname,
      route: site.route,
      target: pairs.length === 0 ? path : `${path}?${pairs.join('&')}`,
      headers: signed,
    };
    if (site.port !== undefined) wire.port = site.port;
    if (request.bodyPath !== undefined) wire.bodyPath = request.bodyPath;
    if (request.signal !== undefined) wire.signal = request.signal;
    return wire;
  }

  #failure(answer: ErrorAnswer, request: S3Request): Failure {
    const failure = answerFailure(answer, request.subject, request.key === undefined);
    const { serverTimeMs } = answer;
    if (
      failure.code !== 'store.clock_skew' ||
      serverTimeMs === undefined ||
      this.#clockOffsetMs !== undefined
    ) {
      return failure;
    }
    this.#clockOffsetMs = serverTimeMs - (this.#options.clock ?? systemClock).now().getTime();
    return new TransientFailure(failure.code, failure.message, {
      hint: failure.hint ?? '',
      retryAtOnce: true,
    });
  }
}
