import { counted, number } from '../core/pluralize.js';
import { formatDamage } from './damage.js';
import type { TarEnd, TarReport } from './tar/report.js';

/** A flaw of an archive whose members can still be read. Errors are `Damage`. */
export interface ArchiveNote {
  code: 'archive.bad_header_value' | 'archive.concatenated' | 'archive.no_end' | 'archive.trailing_data';
  severity: 'info' | 'warning';
  message: string;
}

/** Bytes after the compressed data of an archive. */
export interface CompressedTrailing {
  at?: number;
  bytes?: number;
}

/** @throws Damage if a tar that was read completely has none */
export function requireMembers({ members, trailingAt }: TarReport): void {
  if (members > 0) return;
  const after = trailingAt === undefined ? '' : `, and other data at byte ${trailingAt}`;
  throw formatDamage('no_members', `the tar has no members: it contains only zeros${after}`);
}

/**
 * The notes about a tar that was read completely, most serious first.
 * @throws Damage if the reader did not account for every byte, because members may be missing
 */
export function archiveNotes(
  report: TarReport,
  end: TarEnd,
  uncompressedBytes: number,
  trailing?: CompressedTrailing,
): ArchiveNote[] {
  const notes: ArchiveNote[] = [];
  const add = (code: ArchiveNote['code'], severity: ArchiveNote['severity'], message: string): void => {
    notes.push({ code, severity, message });
  };
  const { accountedBytes } = report;
  if (accountedBytes !== uncompressedBytes) {
    const what = `${number(accountedBytes)} of its ${counted(uncompressedBytes, 'byte is', 'bytes are')} accounted for`;
    throw formatDamage('unaccounted', `internal error: the reader skipped part of the archive (${what})`);
  }
  if (report.trailingAt !== undefined) {
    const length = report.trailingEnd - report.trailingAt;
    const where = `at byte ${report.trailingAt} of the tar`;
    add(
      'archive.trailing_data',
      'warning',
      `${counted(length, 'byte of other data follows', 'bytes of other data follow')} the end of the tar, ${where}`,
    );
  }
  if (trailing !== undefined) {
    const what =
      trailing.bytes === undefined
        ? 'bytes of other data follow'
        : counted(trailing.bytes, 'byte of other data follows', 'bytes of other data follow');
    const where = trailing.at === undefined ? '' : `, at byte ${trailing.at} of the archive`;
    add('archive.trailing_data', 'warning', `${what} the compressed data${where}`);
  }
  if (end === 'missing')
    add('archive.no_end', 'warning', 'the two zero blocks at the end of the tar are missing');
  else if (end === 'one-block')
    add('archive.no_end', 'warning', 'the tar ends with one zero block instead of two');
  if (report.loneZeroBlockAt !== undefined)
    add(
      'archive.no_end',
      'warning',
      `a lone zero block at byte ${report.loneZeroBlockAt}, with members after it`,
    );
  if (report.badValues > 0) add('archive.bad_header_value', 'warning', badValues(report));
  if (report.concatenated > 0) add('archive.concatenated', 'info', concatenated(report));
  return notes;
}

function badValues({ badValues: count, badValueExamples }: TarReport): string {
  const examples = badValueExamples.map(({ at, what }) => `${what} (header at byte ${at})`).join('; ');
  const more = count > badValueExamples.length ? `; and ${count - badValueExamples.length} more` : '';
  return `${examples}${more}`;
}

function concatenated({ concatenated: count, concatenatedAt }: TarReport): string {
  const times = count === 1 ? 'once' : counted(count, 'time');
  return `members follow the end of the tar ${times}, first at byte ${concatenatedAt}; they were read like the others`;
}
