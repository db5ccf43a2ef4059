import { isoTime } from '../../../core/iso-time.js';
import type { Verdict } from '../judge/judge.js';
import type { KeyKind } from '../scan/classify-key.js';
import type { Counts } from './summary.js';

/** The running counts of one partition. */
export class Tally {
  keys = 0;
  archives = 0;
  listings = 0;
  indexes = 0;
  unrecognised = 0;
  other = 0;
  canaries = 0;
  present = 0;
  missing = 0;
  too_small = 0;
  pending = 0;
  exempt = 0;
  exemptByCutoff = 0;
  exemptByAllowlist = 0;
  stale = 0;
  orphanListings = 0;
  orphanIndexes = 0;
  indexMissing = 0;
  violations = 0;
  newViolations = 0;
  stillViolations = 0;
  beyondBaseline = 0;
  bytesArchived = 0;
  /** Archives with an error that no threshold excuses. */
  errors = 0;
  archivesFuture = 0;
  archivesEmpty = 0;
  archivesCold = 0;
  newestMs = Number.NEGATIVE_INFINITY;
  datedByKey = 0;

  /** Counts one listed key. */
  key(kind: KeyKind): void {
    this.keys += 1;
    if (kind === 'archive') this.archives += 1;
    else if (kind === 'listing') this.listings += 1;
    else if (kind === 'index') this.indexes += 1;
    else if (kind === 'unrecognised') this.unrecognised += 1;
    else if (kind === 'other') this.other += 1;
    else this.canaries += 1;
  }

  /** Counts one archive whose status was decided. */
  verdict(verdict: Verdict): void {
    this[verdict.status] += 1;
    if (verdict.exemptBy === 'cutoff') this.exemptByCutoff += 1;
    if (verdict.exemptBy === 'allowlist') this.exemptByAllowlist += 1;
  }

  /** Archives whose status was decided. */
  get judged(): number {
    return this.present + this.missing + this.too_small + this.pending + this.exempt;
  }

  /** Archives that stayed undecided because the listing ended before all their siblings were seen. */
  get unjudged(): number {
    return this.archives - this.judged;
  }

  add(other: TallyCounts): void {
    for (const field of ADDED) this[field] += other[field];
    this.newestMs = Math.max(this.newestMs, other.newestMs ?? Number.NEGATIVE_INFINITY);
  }

  /**
   * The counts for the summary. Undecided archives do not count as scanned. Without history (no registry, or a lost
   * connection) the fields about earlier runs are null.
   */
  counts(history: { resolved: number | null } | undefined): Counts {
    return {
      archives_total: this.judged,
      present: this.present,
      missing: this.missing,
      too_small: this.too_small,
      pending: this.pending,
      exempt: this.exempt,
      exempt_by_cutoff: this.exemptByCutoff,
      exempt_by_allowlist: this.exemptByAllowlist,
      stale: this.stale,
      orphan_listings: this.orphanListings,
      orphan_indexes: this.orphanIndexes,
      index_missing: this.indexMissing,
      archives_future: this.archivesFuture,
      archives_empty: this.archivesEmpty,
      archives_cold: this.archivesCold,
      unrecognised: this.unrecognised,
      violations: this.violations,
      new: history === undefined ? null : this.newViolations,
      still: history === undefined ? null : this.stillViolations,
      resolved: history?.resolved ?? null,
      keys_scanned: this.keys - this.unjudged,
      listings: this.listings,
      indexes: this.indexes,
      other: this.other,
      canaries: this.canaries,
      bytes_archived: this.bytesArchived,
      newest_archive_at: isoTime(this.newestMs),
      dated_by_key: this.datedByKey,
      dated_by_last_modified: this.judged - this.datedByKey,
    };
  }
}

const ADDED = [
  'keys',
  'archives',
  'listings',
  'indexes',
  'unrecognised',
  'other',
  'canaries',
  'present',
  'missing',
  'too_small',
  'pending',
  'exempt',
  'exemptByCutoff',
  'exemptByAllowlist',
  'stale',
  'orphanListings',
  'orphanIndexes',
  'indexMissing',
  'violations',
  'newViolations',
  'stillViolations',
  'beyondBaseline',
  'bytesArchived',
  'errors',
  'archivesFuture',
  'archivesEmpty',
  'archivesCold',
  'datedByKey',
] as const satisfies readonly (keyof Tally)[];

/** A tally, or a tally that was sent as JSON, which cannot represent infinity. */
export type TallyCounts = { [Field in (typeof ADDED)[number]]: number } & { newestMs: number | null };
