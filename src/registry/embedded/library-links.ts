import { mkdir, readFile, readlink, symlink, unlink } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';

interface Link {
  source: string;
  target: string;
}

/**
 * An npm package cannot contain symbolic links. The package lists its shared libraries' links in a file, and its
 * install script creates them. If install scripts were disabled, this function creates the links, in `fallback` if the
 * package directory is read-only. Returns the library search path if one is needed.
 */
export async function linkLibraries(native: string, fallback: string): Promise<string | undefined> {
  const links = await readLinks(native);
  const root = dirname(native);
  const missing: Link[] = [];
  for (const link of links) {
    const target = join(root, link.target);
    if ((await readlinkOrUndefined(target)) === undefined) missing.push(link);
  }
  if (missing.length === 0) return undefined;
  try {
    for (const link of missing) {
      await place(relative(dirname(link.target), link.source), join(root, link.target));
    }
    return undefined;
  } catch (error) {
    if (!isReadOnly(error)) throw error;
  }
  await mkdir(fallback, { recursive: true, mode: 0o700 });
  for (const link of links) await place(join(root, link.source), join(fallback, basename(link.target)));
  // The loader resolves a library's dependencies from the directory of the link, not of its target.
  return `${fallback}:${join(native, 'lib')}`;
}

async function readLinks(native: string): Promise<Link[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(text) as Link[];
  const inside = (path: string) => !isAbsolute(path) && !path.split('/').includes('..');
  return links.filter((link) => inside(link.source) && inside(link.target));
}

async function readlinkOrUndefined(path: string): Promise<string | undefined> {
  return readlink(path).catch(() => undefined);
}

/** Several processes may do this at once: what another one has just made is as good. */
async function place(source: string, target: string): Promise<void> {
  const there = await readlinkOrUndefined(target);
  if (there === source) return;
  if (there !== undefined) await unlink(target).catch(() => undefined);
  await symlink(source, target).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

function isReadOnly(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'EACCES' || code === 'EROFS' || code === 'EPERM';
}
