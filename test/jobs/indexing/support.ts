import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseStoreUrl } from '../../../src/core/store-url.js';
import type { Event } from '../../../src/events/event.js';
import type { ArchiveRef } from '../../../src/jobs/indexing/archive-ref.js';
import { type BuildOptions, buildListings } from '../../../src/jobs/indexing/build/build.js';
import { StorePlacement } from '../../../src/jobs/indexing/placement.js';
import {
  type RestoreOptions,
  type RestorePorts,
  type RestoreSummary,
  restore,
} from '../../../src/jobs/indexing/restore/restore.js';
import { DirectoryWriter } from '../../../src/objectstore/directory/writer.js';
import type { StoreWriter } from '../../../src/objectstore/port.js';
import { decode, decodeFrames } from '../../support/decoders.js';

/** A directory that is a store, thrown away afterwards. */
export class TestStore {
  readonly directory = mkdtempSync(join(tmpdir(), 'salvor-store-'));
  readonly store: DirectoryWriter;

  constructor() {
    const place = parseStoreUrl(`file://${this.directory}`);
    if (place.kind !== 'file') throw new Error('not a directory');
    this.store = new DirectoryWriter(place);
  }

  put(name: string, bytes: Uint8Array | string): ArchiveRef<StoreWriter> {
    writeFileSync(join(this.directory, name), bytes);
    return { store: this.store, key: name };
  }

  /** As if nothing had happened: every file put so has the same modification time. */
  putUnnoticed(name: string, bytes: Uint8Array): ArchiveRef<StoreWriter> {
    const archive = this.put(name, bytes);
    utimesSync(join(this.directory, name), 1_700_000_000, 1_700_000_000);
    return archive;
  }

  read(name: string): Buffer {
    return readFileSync(join(this.directory, name));
  }

  delete(name: string): void {
    rmSync(join(this.directory, name));
  }

  names(): string[] {
    return readdirSync(this.directory).sort();
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export interface Ran {
  exitCode: number;
  summary: Record<string, unknown>;
  codes: string[];
  messages: string[];
}

/** Builds with the siblings next to the archives. */
export async function build(
  work: BuildOptions['work'],
  options: Partial<BuildOptions> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Ran> {
  const { emit, codes, messages } = recorder();
  const outcome = await buildListings(
    {
      work,
      spanBytes: 20_000,
      index: true,
      replace: false,
      onlyMissing: work.kind === 'missing',
      writer: 'test',
      dryRun: false,
      concurrency: 2,
      ...options,
    },
    {
      decode,
      placementFor: ({ store, key }, known) => new StorePlacement(store as StoreWriter, key, known),
      isCanary: ({ key }) => key === 'canary.tar.gz',
      emit,
      signal,
    },
  );
  return { exitCode: outcome.exitCode, summary: { ...outcome.summary }, codes, messages };
}

export function recorder() {
  const codes: string[] = [];
  const messages: string[] = [];
  const emit = (event: Event): void => {
    if (event.type !== 'finding') return;
    codes.push(event.finding.code);
    messages.push(event.finding.message);
  };
  return { emit, codes, messages };
}

export interface Restored {
  summary: RestoreSummary;
  content: Buffer;
}

/** Restores to memory. */
export async function restored(
  archive: ArchiveRef,
  member: string,
  options: Partial<RestoreOptions> = {},
  limits: Pick<RestorePorts, 'maxHoleBytes'> = {},
): Promise<Restored> {
  const parts: Uint8Array[] = [];
  const summary = await restore(
    archive,
    { member, output: '-', stream: false, occurrence: undefined, allowUnverified: false, ...options },
    {
      decode,
      decodeFrames,
      ...limits,
      stdout: async (bytes) => {
        parts.push(bytes);
      },
    },
  );
  return { summary, content: Buffer.concat(parts) };
}

/** The code of the failure that `work` ends with. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no failure';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
