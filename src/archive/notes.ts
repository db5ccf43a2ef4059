import { formatDamage } from './damage.js';
import type { TarEnd, TarReport } from './tar/report.js';

/** Something that is said of an archive whose members can all the same be read; what is an error is `Damage`. */
export interface ArchiveNote {
  code: 'archive.bad_header_value' | 'archive.concatenated' | 'archive.no_end' | 'archive.trailing_data';
  severity: 'info' | 'warning';
  message: string;
}

/** Bytes of an archive as it is stored that follow its compressed data. */
export interface CompressedTrailing {
  at?: number;
  bytes?: number;
}

/**
 * What is to be said of a tar that was read to its end, the most serious first.
 * @throws Damage when the reader did not account for every byte: what it found may not be all there is
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
    const what = `${accountedBytes} of its ${uncompressedBytes} bytes are accounted for`;
    throw formatDamage('unaccounted', `the reader lost a part of it: ${what}`);
  }
  if (report.trailingAt !== undefined) {
    const length = report.trailingEnd - report.trailingAt;
    const where = `at byte ${report.trailingAt} of the tar`;
    add('archive.trailing_data', 'warning', `${length} bytes that are no member follow its end, ${where}`);
  }
  if (trailing !== undefined) {
    const length = trailing.bytes === undefined ? 'bytes' : `${trailing.bytes} bytes`;
    const where = trailing.at === undefined ? '' : `, at byte ${trailing.at} of the archive`;
    add('archive.trailing_data', 'warning', `${length} that are not compressed data follow its end${where}`);
  }
  if (end === 'missing') add('archive.no_end', 'warning', 'it ends without the two zero blocks of a tar');
  else if (end === 'one-block') add('archive.no_end', 'warning', 'it ends with one zero block, not with two');
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
  const times = count === 1 ? 'once' : `${count} times`;
  return `members follow its end ${times}, first at byte ${concatenatedAt}: they are read like the others`;
}
