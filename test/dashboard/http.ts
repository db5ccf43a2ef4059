import { request } from 'node:http';
import { connect } from 'node:net';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  json: () => Record<string, unknown>;
}

export interface Call {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Sends one request exactly as given. Unlike `fetch`, it adds, rewrites and follows nothing. */
export function call(base: string, { method = 'GET', path, headers = {}, body }: Call): Promise<Answer> {
  const { hostname, port, host } = new URL(base);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        hostname: hostname.replace(/^\[|\]$/g, ''),
        port,
        method,
        path,
        headers: { host, ...headers },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: text,
            json: () => JSON.parse(text) as Record<string, unknown>,
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Sends raw bytes, for requests that no client would send. */
export function raw(base: string, text: string): Promise<string> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
    socket.end(text, 'latin1');
  });
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
export const JSON_TYPE = { 'content-type': 'application/json' };

export interface Browser {
  cookie: string;
  csrf: string;
  /** The headers that the dashboard's own pages send. */
  headers: Record<string, string>;
}

/** Signs in like a browser. */
export async function signIn(base: string, credentials: { token?: string; link?: string }): Promise<Browser> {
  const answer = await call(base, {
    method: 'POST',
    path: '/api/session',
    headers: { ...JSON_TYPE, origin: base },
    body: JSON.stringify(credentials),
  });
  if (answer.status !== 200) throw new Error(`signing in: ${answer.status} ${answer.body}`);
  const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
  const csrf = String(answer.json().csrf);
  return { cookie, csrf, headers: { ...JSON_TYPE, cookie, origin: base, 'x-csrf-token': csrf } };
}
