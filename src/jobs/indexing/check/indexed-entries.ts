import type { IndexReader } from '../../../archive/index/reader.js';
import type { EntryKind, ListingEntry } from '../../../archive/listing/entry.js';
import type { ListingSummary } from '../../../archive/listing/reader.js';
import type { MemberKind } from '../../../archive/tar/member.js';
import { utcMinute } from '../../../archive/tar/time.js';
import { RecordSorter } from '../siblings/record-sorter.js';

const KINDS: Readonly<Record<MemberKind, EntryKind>> = {
  file: 'file',
  hardlink: 'hardlink',
  symlink: 'symlink',
  directory: 'directory',
  character: 'device',
  block: 'device',
  fifo: 'fifo',
  volume: 'other',
  continued: 'other',
  other: 'unknown',
};

/** The entries that a listing should have according to the index, in archive order. */
export async function* indexedEntries(
  index: IndexReader,
  directory: string,
): AsyncGenerator<ListingEntry, ListingSummary> {
  const sorter = new RecordSorter(directory);
  try {
    const key = Buffer.alloc(8);
    for await (const { name, kind, sizeBytes, mtimeSeconds, headerAt } of index.members()) {
      key.writeBigUInt64BE(BigInt(headerAt));
      const entry: ListingEntry = {
        name,
        alternatives: kind === 'volume' ? [`${name}--Volume Header--`] : [],
        kind: KINDS[kind],
        mtime: utcMinute(mtimeSeconds),
        ...(KINDS[kind] === 'device' ? {} : { sizeBytes }),
      };
      // JSON keeps the lone surrogates that stand for bytes that are not UTF-8.
      sorter.add(key, Buffer.from(JSON.stringify(entry)));
    }
    for (const { value } of sorter.sorted()) {
      yield JSON.parse(Buffer.from(value).toString()) as ListingEntry;
    }
    const entries = sorter.count;
    return { lines: entries, entries, noise: 0, unreadable: 0, truncated: false, verbose: true };
  } finally {
    sorter.close();
  }
}
