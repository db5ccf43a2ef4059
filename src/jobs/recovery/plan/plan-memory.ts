import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { STAND_IN_KINDS, STATED_ALGORITHMS } from '../../../files/stand-in.js';
import type { KnownFile, ScannedArchive } from '../source-port.js';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

const standInSchema = z.strictObject({
  kind: z.enum(STAND_IN_KINDS),
  digest: z.strictObject({ algorithm: z.enum(STATED_ALGORITHMS), hex: z.string() }).nullable(),
  sizeBytes: z.number().int().min(0).nullable(),
  key: z.string().exactOptional(),
  output: z.string().exactOptional(),
});

/** What reading one content found, with the identity of what was read. */
const knownSchema = z.strictObject({
  sha256: sha256Schema,
  sizeBytes: z.number().int().min(0),
  verifiedBy: z.enum(['sha256', 'container-checksum', 'none']),
  check: z.strictObject({
    state: z.enum(['pass', 'fail', 'cut', 'unknown', 'deferred']),
    format: z.string(),
    reason: z.string(),
    standIn: standInSchema.exactOptional(),
  }),
});

export type KnownContent = z.output<typeof knownSchema>;

/** A file or blob that was read, and what it was when it was read: if that changed, it is read again. */
const knownFileSchema = z.strictObject({
  identity: z.string(),
  sha256: sha256Schema,
  sizeBytes: z.number().int().min(0),
  examined: z.strictObject({
    state: z.enum(['pass', 'fail', 'cut', 'unknown']),
    reason: z.string(),
    standIn: standInSchema.exactOptional(),
  }),
});

const fileSchema = z.strictObject({
  version: z.literal(2),
  contents: z.record(z.string(), knownSchema),
  files: z.record(z.string(), knownFileSchema),
});

const scanSchema = z.strictObject({
  version: z.literal(1),
  identity: z.string(),
  members: z.array(
    z.tuple([z.string(), z.string(), z.number().int().min(0), z.string(), z.string()]).readonly(),
  ),
});

/** At most this many contents, about 300 bytes each; those of the latest plans first. */
const MAX_CONTENTS = 100_000;
/** At most this many files and blobs, about 400 bytes each. */
const MAX_FILES = 250_000;
/**
 * At most this many members per archive, because the list is in memory while it is written. An archive with more is
 * read again.
 */
const MAX_MEMBERS = 500_000;
/** The file next to the contents of the cache. */
export const MEMORY_FILE = 'memory.json';
/** A larger file was not written by Salvor. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/**
 * Remembers what plans read, so that the next plan does not read the same archives, files, and blobs again. An entry
 * applies only to the exact identity of what was read: endpoint, url, and ETag of an archive; device, inode, size, and
 * times of a file. The memory is trusted like the content
 * itself, so it is used only from a directory that we own and nobody else may write to.
 */
export class PlanMemory {
  readonly #directory: string;
  readonly #contents = new Known<KnownContent>(MAX_CONTENTS);
  readonly #files = new Known<KnownFile>(MAX_FILES);

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Starts empty if there is no file, or if the file cannot be trusted. */
  static async open(directory: string): Promise<PlanMemory> {
    const memory = new PlanMemory(directory);
    const file = await readTrusted(memory.#directory, MEMORY_FILE);
    const parsed = file === undefined ? undefined : fileSchema.safeParse(file);
    if (parsed?.success === true) {
      memory.#contents.inherit(parsed.data.contents);
      memory.#files.inherit(parsed.data.files);
    }
    return memory;
  }

  recall(key: string): KnownContent | undefined {
    return this.#contents.recall(key);
  }

  remember(key: string, content: KnownContent): void {
    this.#contents.remember(key, content);
  }

  /** An earlier read of a file or blob, if it is still the same. */
  recallFile(place: string, identity: string): KnownFile | undefined {
    return this.#files.recall(place, (known) => known.identity === identity);
  }

  rememberFile(place: string, file: KnownFile): void {
    this.#files.remember(place, file);
  }

  /** Files are read again: one of them had another content although its identity was the same. */
  forgetFiles(): void {
    this.#files.clear();
  }

  /** The members of an archive that was read completely. */
  async recallScan(identity: string): Promise<ScannedArchive | undefined> {
    const parsed = scanSchema.safeParse(await readTrusted(this.#directory, scanName(identity)));
    if (!parsed.success || parsed.data.identity !== identity) return undefined;
    const now = new Date();
    await utimes(join(this.#directory, scanName(identity)), now, now).catch(() => undefined);
    return { members: parsed.data.members as ScannedArchive['members'] };
  }

  async rememberScan(identity: string, { members }: ScannedArchive): Promise<void> {
    if (members.length > MAX_MEMBERS) return;
    await this.#write(scanName(identity), { version: 1, identity, members });
  }

  /** Saves what this plan learned or used first, then what earlier plans did, up to the limits. */
  async save(): Promise<void> {
    if (!this.#contents.isChanged && !this.#files.isChanged) return;
    const [contents, files] = [this.#contents.toSave(), this.#files.toSave()];
    await this.#write(MEMORY_FILE, { version: 2, contents, files });
  }

  async #write(name: string, value: object): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const path = join(this.#directory, name);
    const draft = `${path}.${process.pid}.part`;
    await writeFile(draft, JSON.stringify(value), { mode: 0o600 });
    await rename(draft, path);
  }
}

/** What earlier plans knew, and what this one used or learned. */
class Known<T> {
  #before = new Map<string, T>();
  readonly #now = new Map<string, T>();
  isChanged = false;

  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  inherit(values: Record<string, T>): void {
    this.#before = new Map(Object.entries(values));
  }

  recall(key: string, isValid: (value: T) => boolean = () => true): T | undefined {
    const known = this.#now.get(key) ?? this.#before.get(key);
    if (known === undefined || !isValid(known)) return undefined;
    this.remember(key, known);
    return known;
  }

  remember(key: string, value: T): void {
    this.#now.set(key, value);
    this.isChanged = true;
  }

  clear(): void {
    this.#before.clear();
    this.#now.clear();
    this.isChanged = true;
  }

  toSave(): Record<string, T> {
    const all = new Map([...this.#now, ...[...this.#before].filter(([key]) => !this.#now.has(key))]);
    return Object.fromEntries([...all].slice(0, this.#limit));
  }
}

function scanName(identity: string): string {
  return `scan-${createHash('sha256').update(identity).digest('hex').slice(0, 32)}.json`;
}

/** Parses a file that we own in a directory that we own; undefined if anyone else could have written it. */
async function readTrusted(directory: string, name: string): Promise<unknown> {
  const path = join(directory, name);
  try {
    for (const one of [directory, path]) {
      const { uid, mode } = await stat(one);
      if (uid !== process.getuid?.() || (mode & 0o022) !== 0) return undefined;
    }
    if ((await stat(path)).size > MAX_FILE_BYTES) return undefined;
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}
