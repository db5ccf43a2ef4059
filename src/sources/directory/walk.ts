import { constants } from 'node:fs';
import { open, opendir, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { compileGlob } from '../../core/glob.js';

/** What git keeps there is the git source's to read; none of it is an artifact under its own name. */
const GIT = Buffer.from('.git');
/** Deeper trees are loops of mounts or an attack; PATH_MAX allows 2,048 segments. */
const MAX_DEPTH = 256;

export interface WalkedFile {
  /** Relative to the base, in the system's own bytes. */
  relative: Buffer;
  /** A symbolic link: where it leads is not looked at. */
  isLink: boolean;
}

export interface WalkTrouble {
  path: string;
  message: string;
}

/**
 * Every regular file and symbolic link below a base, in no order. Links are not followed, neither to files nor to directories; a
 * directory that can't be read is reported and left out.
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
    const entries = await readdir(Buffer.concat([Buffer.from(`${base}/`), here.relative]), {
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
 * The directories that a path or glob names, links resolved up to the first wildcard and none followed behind it.
 * @throws the file system's error when what stands before the first wildcard is not there
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
