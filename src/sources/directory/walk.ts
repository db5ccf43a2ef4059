import { constants } from 'node:fs';
import { open, opendir, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { compileGlob } from '../../core/glob.js';

/** Skipped: its contents are read by the git source, and none of them is an artifact under its own name. */
const GIT = Buffer.from('.git');
/** Deeper trees are mount loops or attacks; PATH_MAX allows 2,048 segments. */
const MAX_DEPTH = 256;

export interface WalkedFile {
  /** Relative to the base, as raw bytes. */
  relative: Buffer;
  /** Whether it is a symbolic link; links are not followed. */
  isLink: boolean;
}

export interface WalkTrouble {
  path: string;
  message: string;
}

/**
 * Yields every regular file and symbolic link below a base, in any order. Follows no links. Reports and skips
 * directories that cannot be read.
 */
export async function* walkFiles(
  base: string,
  onTrouble: (trouble: WalkTrouble) => void,
  signal?: AbortSignal,
): AsyncGenerator<WalkedFile> {
  const pending: { relative: Buffer; depth: number }[] = [{ relative: Buffer.alloc(0), depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    signal?.throwIfAborted();
    const here = next;
    const tell = (error: unknown): void =>
      onTrouble({
        path: join(base, here.relative.toString()),
        message: error instanceof Error ? error.message : String(error),
      });
    if (here.depth > MAX_DEPTH) {
      tell(new Error(`more than ${MAX_DEPTH} directories deep`));
      continue;
    }
    const entries = await readdir(pathBelow(base, here.relative), {
      withFileTypes: true,
      encoding: 'buffer',
    }).catch(tell);
    for (const entry of entries ?? []) {
      const name = Buffer.from(entry.name);
      const relative =
        here.relative.length === 0 ? name : Buffer.concat([here.relative, Buffer.from('/'), name]);
      if (entry.isDirectory() && name.equals(GIT)) continue;
      if (entry.isDirectory()) pending.push({ relative, depth: here.depth + 1 });
      else if (entry.isFile() || entry.isSymbolicLink()) yield { relative, isLink: entry.isSymbolicLink() };
    }
  }
}

/**
 * The directories that a path or glob matches. Links are resolved up to the first wildcard and not followed after it.
 * @throws the file system's error if the part before the first wildcard does not exist
 */
export async function expandBases(pattern: string): Promise<string[]> {
  const segments = pattern.split('/').filter((segment) => segment !== '');
  const firstGlob = segments.findIndex((segment) => segment.includes('*'));
  const literal = firstGlob < 0 ? segments : segments.slice(0, firstGlob);
  let bases = [await realpath(`/${literal.join('/')}`)];
  for (const segment of firstGlob < 0 ? [] : segments.slice(firstGlob)) {
    const levels = await Promise.all(bases.map((base) => matching(base, segment)));
    bases = levels.flat();
  }
  if (firstGlob < 0) await (await opendir(bases[0] ?? '/')).close();
  return bases.sort();
}

async function matching(base: string, segment: string): Promise<string[]> {
  if (!segment.includes('*'))
    return (await isRealDirectory(join(base, segment))) ? [join(base, segment)] : [];
  const glob = compileGlob(segment);
  if ('problem' in glob) throw new Error(`${segment}: ${glob.problem}`);
  const entries = await readdir(base, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && glob.matches(entry.name))
    .map((entry) => join(base, entry.name));
}

async function isRealDirectory(path: string): Promise<boolean> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW).catch(
    () => undefined,
  );
  await handle?.close();
  return handle !== undefined;
}

/** The bytes of a path: names may be in any encoding. */
export function pathBelow(base: string, relative: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${base}/`), relative]);
}
