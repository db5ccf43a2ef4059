import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ScannedArchive } from '../source-port.js';

/** What reading one content found, with the identity of what was read. */
const knownSchema = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.number().int().min(0),
  verifiedBy: z.enum(['sha256', 'container-checksum', 'none']),
  check: z.strictObject({
    state: z.enum(['pass', 'fail', 'cut', 'unknown', 'deferred']),
    format: z.string(),
    reason: z.string(),
  }),
});

export type KnownContent = z.output<typeof knownSchema>;

const fileSchema = z.strictObject({ version: z.literal(1), contents: z.record(z.string(), knownSchema) });

const scanSchema = z.strictObject({
  version: z.literal(1),
  identity: z.string(),
  members: z.array(
    z.tuple([z.string(), z.string(), z.number().int().min(0), z.string(), z.string()]).readonly(),
  ),
});

/** At most this many contents, about 300 bytes each; those of the latest plans first. */
const MAX_CONTENTS = 100_000;
/**
 * At most this many members per archive, because the list is in memory while it is written. An archive with more is
 * read again.
 */
const MAX_MEMBERS = 500_000;
/** A larger file was not written by Salvor. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/**
 * Remembers what plans read, so that the next plan does not read the same archives again. An entry applies only to the
 * exact identity of what was read (endpoint, url, and ETag of an archive). The memory is trusted like the content
 * itself, so it is used only from a directory that we own and nobody else may write to.
 */
export class PlanMemory {
  readonly #directory: string;
  #before = new Map<string, KnownContent>();
  readonly #now = new Map<string, KnownContent>();

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Starts empty if there is no file, or if the file cannot be trusted. */
  static async open(directory: string): Promise<PlanMemory> {
    const memory = new PlanMemory(directory);
    const file = await readTrusted(memory.#directory, 'memory.json');
    const parsed = file === undefined ? undefined : fileSchema.safeParse(file);
    if (parsed?.success === true) memory.#before = new Map(Object.entries(parsed.data.contents));
    return memory;
  }

  recall(key: string): KnownContent | undefined {
    const known = this.#now.get(key) ?? this.#before.get(key);
    if (known !== undefined) this.#now.set(key, known);
    return known;
  }

  remember(key: string, content: KnownContent): void {
    this.#now.set(key, content);
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

  /** Saves what this plan learned or used first, then what earlier plans did, up to the limit. */
  async save(): Promise<void> {
    if (this.#now.size === 0) return;
    const all = new Map([...this.#now, ...[...this.#before].filter(([key]) => !this.#now.has(key))]);
    const contents = Object.fromEntries([...all].slice(0, MAX_CONTENTS));
    await this.#write('memory.json', { version: 1, contents });
  }

  async #write(name: string, value: object): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const path = join(this.#directory, name);
    const draft = `${path}.${process.pid}.part`;
    await writeFile(draft, JSON.stringify(value), { mode: 0o600 });
    await rename(draft, path);
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
