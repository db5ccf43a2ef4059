import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ByteWriter } from '../../../archive/index/bytes.js';
import type { Checkpoint } from '../../../archive/index/checkpoint.js';
import { encodeDetails, hasIndexedMap, memberKey } from '../../../archive/index/member.js';
import type { Access } from '../../../archive/index/meta.js';
import { IndexWriter } from '../../../archive/index/writer.js';
import { encodeName } from '../../../archive/names.js';
import { type ArchiveNote, archiveNotes, requireMembers } from '../../../archive/notes.js';
import type { ArchiveVisitor, PassResult } from '../../../archive/read-archive.js';
import { ListingLines } from '../../../archive/tar/line.js';
import type { TarMember } from '../../../archive/tar/member.js';
import { TarScan } from '../../../archive/tar/scan.js';
import type { CompressionName } from '../../../core/compressions.js';
import type { StoreKind } from '../../../core/store-url.js';
import { makeWorkDirectory } from '../work-directory.js';
import { BufferedFile } from './buffered-file.js';
import { RecordSorter } from './record-sorter.js';

export interface DraftOptions {
  /** The parent of the draft's temporary directory. */
  directory: string;
  spanBytes: number;
  /** Whether to write an index in addition to the listing. */
  index: boolean;
  signal?: AbortSignal;
}

/** The object that the index is bound to. */
export interface Binding {
  archive: string;
  etag: string | undefined;
  etagOf: StoreKind | undefined;
  /** The program that wrote it, with its version. */
  writer: string;
}

export interface DraftFacts {
  members: number;
  listingPath: string;
  listingBytes: number;
  indexPath: string | undefined;
  indexBytes: number;
  checkpointBytes: number;
  memberTableBytes: number;
  access: Access;
  /** Notes about the archive itself. */
  notes: readonly ArchiveNote[];
}

/**
 * A listing and an index that are being written under temporary names, from the uncompressed tar of one archive in one
 * pass. `finish` makes both complete and durable; `discard` removes them.
 */
export class SiblingDraft implements ArchiveVisitor {
  readonly #directory: string;
  readonly #listing: BufferedFile;
  readonly #lines = new ListingLines();
  readonly #scan: TarScan;
  readonly #indexFile: BufferedFile | undefined;
  readonly #index: IndexWriter | undefined;
  readonly #sorter: RecordSorter | undefined;
  readonly #digests: RecordSorter | undefined;
  readonly #details = new ByteWriter();
  readonly #spanBytes: number;
  readonly #signal: AbortSignal | undefined;
  #hasSparseMaps = false;
  #checkpoints = 0;

  constructor(options: DraftOptions) {
    this.#directory = makeWorkDirectory(options.directory);
    this.#spanBytes = options.spanBytes;
    this.#signal = options.signal;
    this.#listing = new BufferedFile(join(this.#directory, 'listing'));
    this.#scan = new TarScan((member, sha256) => this.#member(member, sha256));
    if (!options.index) return;
    const indexFile = new BufferedFile(join(this.#directory, 'index'));
    this.#indexFile = indexFile;
    this.#index = new IndexWriter((bytes) => indexFile.write(bytes));
    this.#sorter = new RecordSorter(this.#directory);
    this.#digests = new RecordSorter(this.#directory);
  }

  tar(bytes: Uint8Array): void {
    this.#scan.push(bytes);
  }

  async between(): Promise<boolean> {
    await this.#scan.settle(this.#signal);
    return true;
  }

  checkpoint(checkpoint: Checkpoint): void {
    this.#checkpoints += 1;
    this.#index?.addCheckpoint(checkpoint);
  }

  /** @throws Damage if the tar is truncated inside a member or has no members */
  finish(pass: PassResult, binding: Binding): DraftFacts {
    const end = this.#scan.end();
    const { report } = this.#scan;
    requireMembers(report);
    this.#listing.finish();
    const access = accessOf(pass.compression, this.#checkpoints);
    const written = this.#finishIndex(pass, binding, access);
    return {
      members: report.members,
      listingPath: this.#listing.path,
      listingBytes: this.#listing.sizeBytes,
      indexPath: this.#indexFile?.path,
      access,
      notes: archiveNotes(report, end, pass.uncompressedBytes, pass.trailing),
      ...written,
    };
  }

  discard(): void {
    this.#listing.close();
    this.#indexFile?.close();
    this.#sorter?.close();
    this.#digests?.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #member(member: TarMember, sha256: Uint8Array | undefined): void {
    this.#listing.write(encodeName(`${this.#lines.line(member)}\n`));
    if (this.#sorter === undefined) return;
    this.#hasSparseMaps ||= hasIndexedMap(member);
    this.#details.clear();
    encodeDetails(this.#details, member, sha256);
    this.#sorter.add(memberKey(member.name), this.#details.view());
  }

  #finishIndex(pass: PassResult, binding: Binding, access: Access) {
    const index = this.#index;
    const sorter = this.#sorter;
    const digests = this.#digests;
    const indexFile = this.#indexFile;
    if (index === undefined || sorter === undefined || digests === undefined || indexFile === undefined) {
      return { indexBytes: 0, checkpointBytes: 0, memberTableBytes: 0 };
    }
    const { checkpointBytes } = index;
    index.expectMembers(sorter.totalBytes);
    for (const { key, value } of sorter.sorted()) {
      const entry = index.addMember(key, value);
      if (entry !== undefined) digests.add(entry, NO_VALUE);
    }
    index.addDigests(keysOf(digests), digests.count);
    const { sizeBytes, memberTableBytes } = index.finish(
      {
        archive: binding.archive,
        sizeBytes: pass.sizeBytes,
        etag: binding.etag,
        etagOf: binding.etagOf,
        sha256: pass.sha256,
        access,
        compression: pass.compression,
        uncompressedBytes: pass.uncompressedBytes,
        spanBytes: this.#spanBytes,
        writer: binding.writer,
      },
      this.#hasSparseMaps ? 2 : 1,
    );
    indexFile.finish();
    return { indexBytes: sizeBytes, checkpointBytes, memberTableBytes };
  }
}

const NO_VALUE = new Uint8Array(0);

function* keysOf(sorter: RecordSorter): Generator<Uint8Array> {
  for (const { key } of sorter.sorted()) yield key;
}

/** How members can be read, if the archive has checkpoints. A plain tar needs none. */
const ACCESS: Readonly<Record<CompressionName, Access>> = {
  none: 'plain',
  gzip: 'gzip',
  zstd: 'zstd',
  xz: 'xz',
  bzip2: 'stream-only',
};

function accessOf(compression: CompressionName, checkpoints: number): Access {
  return compression !== 'none' && checkpoints === 0 ? 'stream-only' : ACCESS[compression];
}
