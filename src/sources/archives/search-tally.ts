import type { ArchiveNote } from '../../archive/notes.js';
import type { Finding } from '../../core/finding.js';
import { counted } from '../../core/pluralize.js';
import type { SourceReport } from '../../jobs/recovery/source-port.js';
import { messageOf } from '../hashing.js';
import type { StoredArchive } from './choose.js';
import type { Meter } from './index-of.js';
import type { ListingResult } from './search-listing.js';

/** Number of archives that a summary finding lists. */
const SAMPLE = 3;

/** Counts what was searched and what was incomplete. */
export class SearchTally {
  readonly findings: Finding[] = [];
  readonly meter: Meter = { bytes: 0 };
  leftOut = 0;
  readonly #errors: string[] = [];
  #archives = 0;
  #streamed = 0;
  #skipped = 0;
  #cut = 0;
  #hitsLeftOut = 0;
  #unreadableLines = 0;
  #foreign = 0;
  #files = 0;
  #trailing = 0;
  #oldestMs = Number.POSITIVE_INFINITY;
  #newestMs = Number.NEGATIVE_INFINITY;
  readonly #unlistedUrls: string[] = [];

  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  /** Counts a searched archive. Skipped archives count for nothing, not even for the dates. */
  see(archive: StoredArchive): void {
    this.#oldestMs = Math.min(this.#oldestMs, archive.info.lastModifiedMs);
    this.#newestMs = Math.max(this.#newestMs, archive.info.lastModifiedMs);
    this.#archives += 1;
  }

  listing(url: string, result: ListingResult): void {
    this.#files += result.lines;
    this.meter.bytes += result.bytes;
    if (result.form !== undefined) {
      this.unreadable(url, result.form);
      return;
    }
    this.#unreadableLines += result.unreadable;
    this.#hitsLeftOut += result.hits.leftOut;
    this.replaced(url, result.hits.replaced);
    if (result.truncated) {
      this.#cut += 1;
      this.#warn('listing.truncated', url, 'the listing is truncated: it does not end with a newline');
    }
    if (result.unreadable > 0) {
      this.#warn(
        'listing.unreadable_line',
        url,
        `${counted(result.unreadable, 'line')} of the listing cannot be read`,
      );
    }
  }

  /** Wanted names for which the last member is not a file: tar would not extract the file either. */
  replaced(url: string, names: ReadonlyMap<string, string>): void {
    for (const [name, kind] of [...names].slice(0, SAMPLE)) {
      const message = `the last member named ${JSON.stringify(name)} is a ${kind}, so tar does not extract the earlier file with this name`;
      this.#warn('member.not_regular', url, message);
    }
  }

  /** An archive in cold storage that has neither a listing nor an index. */
  cold(url: string, storageClass: string): void {
    this.#skipped += 1;
    this.#warn('archive.cold', url, `the archive is in storage class ${storageClass} and was not read`);
  }

  /** A file that is not a listing says nothing about the content of its archive. */
  unreadable(url: string, what: string): void {
    this.#foreign += 1;
    this.#warn('listing.unreadable', url, `the file is not a valid listing: ${what}`);
  }

  index(members: number): void {
    this.#files += members;
  }

  unlisted(url: string): void {
    this.#skipped += 1;
    if (this.#unlistedUrls.length < SAMPLE) this.#unlistedUrls.push(url);
  }

  scanned(members: number, bytes: number): void {
    this.#files += members;
    this.#streamed += 1;
    this.meter.bytes += bytes;
  }

  /** Reports the notes of an archive that was read completely. */
  notes(url: string, notes: readonly ArchiveNote[]): void {
    for (const { code, severity, message } of notes) {
      this.findings.push({ code, severity, subject: url, message });
      if (code === 'archive.trailing_data') this.#trailing += 1;
    }
  }

  error(url: string, error: unknown): void {
    this.#errors.push(`${url}: ${messageOf(error)}`);
  }

  failed(message: string): SourceReport {
    this.#errors.push(message);
    return this.report('all');
  }

  report(newest: number | 'all'): SourceReport {
    const limits = [
      this.leftOut > 0
        ? `the newest ${newest} of each series (${counted(this.leftOut, 'older archive')} not searched)`
        : '',
      this.#skipped > 0 ? `${counted(this.#skipped, 'archive')} without a listing skipped` : '',
      this.#cut > 0 ? `${counted(this.#cut, 'listing')} truncated` : '',
      this.#foreign > 0 ? `${counted(this.#foreign, 'listing')} unreadable` : '',
      this.#unreadableLines > 0 ? `${counted(this.#unreadableLines, 'line')} unreadable` : '',
      this.#trailing > 0 ? `${counted(this.#trailing, 'archive')} with unread data after the end` : '',
      this.#hitsLeftOut > 0 ? `${counted(this.#hitsLeftOut, 'matching name')} omitted` : '',
    ].filter((limit) => limit !== '');
    const state = this.#errors.length > 0 ? 'failed' : limits.length > 0 ? 'scoped' : 'complete';
    return {
      source: this.#source,
      kind: 'archives',
      state,
      scope: [counted(this.#archives, 'archive'), ...limits].join(', '),
      files: this.#files,
      errors: this.#errors,
      findings: [...this.findings, ...this.#unlistedFinding()],
      archivesSearched: this.#archives,
      archivesStreamed: this.#streamed,
      bytesFetched: this.meter.bytes,
      ...(Number.isFinite(this.#oldestMs) ? { oldestMs: this.#oldestMs, newestMs: this.#newestMs } : {}),
    };
  }

  /** One finding for all archives without a listing: there may be hundreds. */
  #unlistedFinding(): Finding[] {
    const [first] = this.#unlistedUrls;
    if (first === undefined) return [];
    const more = this.#skipped > this.#unlistedUrls.length ? ', …' : '';
    const message =
      this.#skipped === 1
        ? 'the archive has no listing and was not searched'
        : `${counted(this.#skipped, 'archive')} without a listing not searched: ${this.#unlistedUrls.join(', ')}${more}`;
    const subject = this.#skipped === 1 ? first : this.#source;
    const detail = { count: this.#skipped, sample: [...this.#unlistedUrls] };
    return [{ code: 'archive.unlisted', severity: 'warning', subject, message, detail }];
  }

  #warn(code: string, subject: string, message: string): void {
    this.findings.push({ code, severity: 'warning', subject, message });
  }
}
