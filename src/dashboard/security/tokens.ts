import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { usageFailure } from '../../core/failure.js';

/** Shorter secrets could be guessed within the rate limit's patience. */
const MIN_SECRET_CHARS = 16;
/** How long the link that the start prints may lie around. */
const LINK_MS = 15 * 60_000;

export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Hashed first, so that neither content nor length shows in the time that it takes. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

/** Who may sign in, by secret. */
export class Tokens {
  readonly #known: { actor: string; hash: Buffer }[];
  #link: { hash: Buffer; actor: string; expiresAt: number } | undefined;
  readonly #now: () => number;

  /** @throws Failure `dashboard.weak_token` (exit 2) */
  constructor(
    own: { actor: string; secret: string },
    named: Readonly<Record<string, string>>,
    now: () => number,
  ) {
    this.#now = now;
    const all = [[own.actor, own.secret] as const, ...Object.entries(named)];
    for (const [actor, secret] of Object.entries(named)) requireStrong(actor, secret);
    if (new Set(all.map(([, secret]) => secret)).size !== all.length) {
      throw usageFailure('dashboard.weak_token', 'dashboard.tokens: two names have the same secret');
    }
    this.#known = all.map(([actor, secret]) => ({ actor, hash: digest(secret) }));
  }

  /** The actor of a token, or undefined. Takes as long for every token. */
  actorOf(token: string): string | undefined {
    const hash = digest(token);
    let found: string | undefined;
    for (const known of this.#known) if (timingSafeEqual(known.hash, hash)) found = known.actor;
    return found;
  }

  /** A code that signs in once, in the name of the account that started the dashboard. */
  newLink(): string {
    const code = newSecret();
    const actor = this.#known[0]?.actor ?? '';
    this.#link = { hash: digest(code), actor, expiresAt: this.#now() + LINK_MS };
    return code;
  }

  /** Uses a code up. */
  redeem(code: string): string | undefined {
    const link = this.#link;
    if (link === undefined || !timingSafeEqual(link.hash, digest(code))) return undefined;
    this.#link = undefined;
    return this.#now() < link.expiresAt ? link.actor : undefined;
  }
}

function requireStrong(actor: string, secret: string): void {
  if (actor.trim() !== '' && actor.length <= 200 && secret.length >= MIN_SECRET_CHARS) return;
  throw usageFailure(
    'dashboard.weak_token',
    `dashboard.tokens: ${JSON.stringify(actor)} needs a name and a secret of ${MIN_SECRET_CHARS} characters or more`,
    'openssl rand -base64 24 makes one',
  );
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
