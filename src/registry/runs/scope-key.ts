import { createHash } from 'node:crypto';

/**
 * Identifies a job on a scope: the key of the run's advisory lock, and of its findings. 64 bits of a SHA-256,
 * as PostgreSQL's signed `bigint`, in decimal.
 */
export function scopeKey(job: string, scope: string): string {
  const digest = createHash('sha256').update(`${job}\0${scope}`, 'utf8').digest();
  return digest.readBigInt64BE(0).toString();
}

/** Identifies a subject in indexes: 128 bits of its SHA-256. Takes the text as it is stored. */
export function subjectKey(storedSubject: string): Buffer {
  return createHash('sha256').update(storedSubject, 'utf8').digest().subarray(0, 16);
}
