import { createHash } from 'node:crypto';
import { newSecret, sameSecret } from './tokens.js';

/** A signed-in browser. */
export interface Session {
  actor: string;
  csrf: string;
  expiresAt: number;
}

/** A working day. */
const LIFETIME_MS = 12 * 3_600_000;
/** More than any team needs. Beyond it, the oldest session is signed out. */
const MAX_SESSIONS = 1000;

/** The browser sessions. Kept in memory only: a restart signs everyone out. */
export class Sessions {
  /** Keyed by the hash of the cookie, so that lookup timing reveals nothing about the cookie. */
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

/** Whether a request has the CSRF token of its session. */
export function hasCsrf(session: Session, header: string | undefined): boolean {
  return header !== undefined && sameSecret(session.csrf, header);
}

/** The cookie name includes the port, because browsers share a host's cookies across ports. */
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
