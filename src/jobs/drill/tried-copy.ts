import { Failure } from '../../core/failure.js';
import type { Copy } from './backups.js';
import { isBadCopy } from './bad-copy.js';

/** A copy that did not yield the recorded content, and why. */
export interface Tried {
  copy: Copy;
  reason: string;
  /** Whether it is in a storage class that must be restored first: neither wrong nor proven. */
  isCold: boolean;
}

/** What trying one copy led to; `left` if the artifact is left to a later drill. */
export type CopyResult = 'proven' | 'left' | Tried;

export function different(copy: Copy, found: string): Tried {
  return { copy, reason: `the restored content has a different SHA-256: ${found}`, isCold: false };
}

/** What a failed read says of the copy. @throws the error, if it does not concern the copy alone */
export function badCopy(copy: Copy, error: unknown): Tried {
  if (!isBadCopy(error)) throw error;
  const isCold = error instanceof Failure && error.code === 'archive.cold';
  return { copy, reason: error.message, isCold };
}
