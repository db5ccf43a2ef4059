import { createHash } from 'node:crypto';
import type { ArchiveRef } from '../archive-ref.js';

/** Spreads the archives over runs, so that each archive is checked once per period. */
export interface Rotation {
  periodMs: number;
  /** The interval between runs of the command. */
  everyMs: number;
}

/** `sizeBytes`: if a listing of the store reported it. */
export type DueArchive = ArchiveRef & { sizeBytes?: number };

/**
 * Whether an archive is due in the current run. The hash of its url assigns it to a slot that is due once per period,
 * so no state is needed. If a run is missed, its archives are due again in the next period.
 */
export function isDue(url: string, nowMs: number, { periodMs, everyMs }: Rotation): boolean {
  const slots = Math.max(1, Math.floor(periodMs / everyMs));
  const slot = createHash('sha256').update(url).digest().readUInt32LE(0) % slots;
  return Math.floor(nowMs / everyMs) % slots === slot;
}

/** A different order in every run, so that no archive always comes after those that use up the budget. */
export async function shuffled(archives: AsyncIterable<DueArchive>, nowMs: number): Promise<DueArchive[]> {
  const keyed: { archive: DueArchive; rank: string }[] = [];
  for await (const archive of archives) {
    const rank = createHash('sha256')
      .update(`${nowMs}\n${archive.store.urlOf(archive.key)}`)
      .digest('hex');
    keyed.push({ archive, rank });
  }
  return keyed.sort((a, b) => (a.rank < b.rank ? -1 : 1)).map(({ archive }) => archive);
}
