import { join } from 'node:path';
import { normaliseName } from '../../../archive/names.js';
import { Failure } from '../../../core/failure.js';
import { compileGlob, type Glob } from '../../../core/glob.js';
import { GlobSet } from '../../../core/glob-set.js';
import type { ArchiveRef } from '../archive-ref.js';
import { placeInDirectory } from './below.js';
import { listMembers } from './member-list.js';
import { openIndex } from './ranged-member.js';
import { type RestoreOptions, type RestorePorts, restore } from './restore.js';
import { type RestoredMany, restoreStreamed, tally } from './restore-streamed.js';
import { SpoolDirectory } from './spool.js';

/** At most this many members per command; use tar for more. */
const MAX_MEMBERS = 100_000;

interface RestoreManyOptions extends Omit<RestoreOptions, 'member' | 'output' | 'below'> {
  /** Names or globs. */
  members: readonly string[];
  /** The directory to restore to. */
  directory: string;
}

/**
 * Restores several members to a directory under their own names. Writes nothing outside the directory and replaces no
 * existing files. A member that cannot be restored does not stop the others.
 * @throws Failure `restore.no_match`, `archive.not_found`, `restore.no_listing`
 */
export async function restoreMany(
  archive: ArchiveRef,
  { members: wanted, directory, ...options }: RestoreManyOptions,
  ports: RestorePorts,
): Promise<RestoredMany> {
  const result: RestoredMany = { restored: [], failed: [] };
  const drafts = new SpoolDirectory(directory);
  const below = { directory, drafts };
  try {
    const scan = options.stream ? ports.decode : undefined;
    const members = await expand(archive, wanted, { scan, signal: ports.signal });
    const open = options.stream ? undefined : await openIndex(archive, ports.signal);
    if (options.stream || open?.index.footer.meta.access === 'stream-only')
      return await restoreStreamed(archive, [...members], { below, open, ...options }, ports);
    for (const member of members) {
      ports.signal?.throwIfAborted();
      await tally(result, member, () => {
        placeInDirectory(member);
        const output = join(directory, member);
        return restore(archive, { ...options, member, output, below }, ports);
      });
    }
    return result;
  } finally {
    drafts.remove();
  }
}

/**
 * Resolves names literally. A text with a `*` that is not the name of a member is a glob over the members with content.
 */
async function expand(
  archive: ArchiveRef,
  wanted: readonly string[],
  options: Parameters<typeof listMembers>[1],
): Promise<Set<string>> {
  const members = new Set(wanted.filter((one) => !one.includes('*')).map(normaliseName));
  const patterns = new Set(wanted.filter((one) => one.includes('*')).map(normaliseName));
  const globs = Array.from(patterns, globOf);
  if (globs.length === 0) return members;
  const set = new GlobSet(globs);
  const literal = new Map(globs.map(({ text }, place) => [text, place]));
  const matched = new Set<number>();
  for await (const { name, kind } of (await listMembers(archive, options)).members) {
    const own = normaliseName(name);
    const same = literal.get(own);
    const hits = [...set.matching(own), ...(same === undefined ? [] : [same])];
    for (const hit of hits) matched.add(hit);
    if (hits.length > 0 && (kind === 'file' || kind === 'hardlink' || kind === 'unknown')) members.add(own);
    if (members.size > MAX_MEMBERS) {
      throw new Failure('restore.too_many', `more than ${MAX_MEMBERS} members match`, {
        exitCode: 1,
        hint: 'select fewer members, or extract the archive with tar',
      });
    }
  }
  const idle = globs.find((_, place) => !matched.has(place));
  if (idle === undefined) return members;
  throw new Failure(
    'member.not_found',
    `no member of ${archive.store.urlOf(archive.key)} matches ${JSON.stringify(idle.text)}`,
    {
      exitCode: 1,
      hint: '`*` does not match a slash, but `**` does; run `salvor restore --list` to see the members',
    },
  );
}

function globOf(text: string): Glob {
  const glob = compileGlob(text);
  if (!('problem' in glob)) return glob;
  const message = `the pattern ${JSON.stringify(text)}: ${glob.problem}`;
  throw new Failure('usage.invalid', message, { exitCode: 2 });
}
