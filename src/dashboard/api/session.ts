/**
 * The JSON that the server sends and the pages read: snake_case keys, times as RFC 3339 in UTC. Server and pages
 * compile against this folder, so neither can change a response alone. It imports nothing because it also runs in the
 * browser. This file has the types that all responses share: list pages, errors, the session.
 */

/** One page of a keyset-paginated list. `next` is the cursor of the next page, null on the last page. */
export interface Page<T> {
  rows: T[];
  next: string | null;
}

export interface ApiError {
  error: { code: string; message: string; hint: string | null };
}

export interface SessionInfo {
  version: string;
  /** Who is signed in; null if nobody is. */
  actor: string | null;
  /** The value for the `x-csrf-token` header of every change; null if nobody is signed in. */
  csrf: string | null;
  /** Whether reading requires signing in. */
  sign_in_needed: boolean;
  read_only: boolean;
  /** Which kinds of decisions this server accepts. */
  can: { drift: boolean; review: boolean; undo: boolean };
  registry: string;
  host: string;
}

export interface ActionResult {
  message: string;
  /** Requested changes that were refused, with the reason. */
  refused: { subject: string; reason: string }[];
}
