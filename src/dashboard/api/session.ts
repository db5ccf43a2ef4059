/**
 * What the server answers and the pages read: JSON, snake_case, times as RFC 3339 in UTC. Both sides compile against
 * this folder, so that neither can change an answer alone. It imports nothing, because it runs in the browser too.
 * Here: what all answers have in common (pages of a list, errors, who is signed in).
 */

/** A page of a list that is read by keyset: `next` is the cursor of the page after it, null on the last one. */
export interface Page<T> {
  rows: T[];
  next: string | null;
}

export interface ApiError {
  error: { code: string; message: string; hint: string | null };
}

export interface SessionInfo {
  version: string;
  /** Who is signed in; null for nobody. */
  actor: string | null;
  /** Goes into the header `x-csrf-token` of every change; null when nobody is signed in. */
  csrf: string | null;
  /** Nothing can be seen without signing in. */
  sign_in_needed: boolean;
  read_only: boolean;
  /** Which decisions this server can carry out. */
  can: { drift: boolean; review: boolean; undo: boolean };
  registry: string;
  host: string;
}

export interface ActionResult {
  message: string;
  /** What was asked for and not done, with the reason. */
  refused: { subject: string; reason: string }[];
}
