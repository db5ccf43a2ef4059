import { createHash } from 'node:crypto';
import { newSecret, sameSecret } from './tokens.js';

/** Signed in, from a browser. */
export interface Session {
  actor: string;
  csrf: string;
  expiresAt: number;
}

/** A working day. */
const LIFETIME_MS = 12 * 3_600_000;
/** More than any team; the oldest are signed out. */
const MAX_SESSIONS = 1000;

/** Who is signed in. Kept in memory only: a restart signs everybody out. */
export class Sessions {
  /** By the hash of the cookie: what is looked up is not what was sent, so its timing tells nothing. */
  readonly #byHash = new Map<string, Session>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  begin(actor: string): { cookie: string; session: Session } {
    const cookie = newSecret();
    const session = { actor, csrf: newSecret(), expiresAt: this.#now() + LIFETIME_MS };
    this.#byHash.set(hashOf(cookie), session);
    if (this.#byHash.size > MAX_SESSIONS) {
      const [oldest] = this.#byHash.keys();
      if (oldest !== undefined) this.#byHash.delete(oldest);
    }
    return { cookie, session };
  }

  find(cookie: string | undefined): Session | undefined {
    if (cookie === undefined) return undefined;
    const hash = hashOf(cookie);
    const session = this.#byHash.get(hash);
    if (session === undefined || session.expiresAt > this.#now()) return session;
    this.#byHash.delete(hash);
    return undefined;
  }

  end(cookie: string | undefined): void {
    if (cookie !== undefined) this.#byHash.delete(hashOf(cookie));
  }
}

/** Whether a change carries the token of its session. */
export function hasCsrf(session: Session, header: string | undefined): boolean {
  return header !== undefined && sameSecret(session.csrf, header);
}

/** The cookie's name holds the port: browsers give one host's cookies to all of its ports. */
export function cookieName(port: number): string {
  return `salvor_${port}`;
}

export function cookieHeader(port: number, value: string, options: { secure: boolean }): string {
  const age = value === '' ? 0 : LIFETIME_MS / 1000;
  const secure = options.secure ? '; Secure' : '';
  return `${cookieName(port)}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${age}${secure}`;
}

function hashOf(cookie: string): string {
  return createHash('sha256').update(cookie).digest('base64');
}
