import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { usageFailure } from '../../core/failure.js';

/** Shorter secrets could be guessed in spite of the rate limit. */
const MIN_SECRET_CHARS = 16;
/** How long the printed sign-in link is valid. */
const LINK_MS = 15 * 60_000;

export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Compares in constant time. Hashing first hides the length too. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

/** The secrets that can sign in, with their actors. */
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

  /** The actor of a token, or undefined. Takes the same time for every token. */
  actorOf(token: string): string | undefined {
    const hash = digest(token);
    let found: string | undefined;
    for (const known of this.#known) if (timingSafeEqual(known.hash, hash)) found = known.actor;
    return found;
  }

  /** Creates a one-time sign-in code for the account that started the dashboard. */
  newLink(): string {
    const code = newSecret();
    const actor = this.#known[0]?.actor ?? '';
    this.#link = { hash: digest(code), actor, expiresAt: this.#now() + LINK_MS };
    return code;
  }

  /** Uses up a sign-in code and returns its actor. */
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
    'generate one with: openssl rand -base64 24',
  );
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
