import { join } from 'node:path';
import { normaliseName } from '../../../archive/names.js';
import { Failure } from '../../../core/failure.js';
import { GlobSet } from '../../../core/glob-set.js';
import type { ArchiveRef } from '../archive-ref.js';
import { placeInDirectory } from './below.js';
import { memberGlob } from './member-glob.js';
import { listMembers } from './member-list.js';
import { type OpenIndex, openIndex } from './ranged-member.js';
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
  const drafts = new SpoolDirectory(directory);
  const below = { directory, drafts };
  try {
    const scan = options.stream ? ports.decode : undefined;
    const members = [...(await expand(archive, wanted, { scan, signal: ports.signal }))];
    const open = options.stream ? undefined : await openIndex(archive, ports.signal);
    const pass = (): Promise<RestoredMany> =>
      restoreStreamed(archive, members, { below, open, ...options }, ports);
    if (options.stream || open?.index.footer.meta.access === 'stream-only') return await pass();
    const isPassCheaper = options.occurrence === undefined && takesMostOf(open, members.length);
    const result = isPassCheaper ? await whatAPassRestores(members, pass, ports.signal) : nothing(members);
    for (const member of result.left) {
      ports.signal?.throwIfAborted();
      await tally(result, member, () => {
        placeInDirectory(member);
        const output = join(directory, member);
        return restore(archive, { ...options, member, output, below }, ports);
      });
    }
    return { restored: result.restored, failed: result.failed };
  } finally {
    drafts.remove();
  }
}

/** Reading a member by range decodes half a span on average, so that this many are the whole archive. */
function takesMostOf(open: OpenIndex | undefined, members: number): boolean {
  if (open === undefined) return false;
  const { access, checkpoints } = open.index.footer.meta;
  return access !== 'plain' && members > 2 * Math.max(checkpoints, MIN_SPANS);
}

/** Some members of a small archive are read by range as before, whatever would be faster. */
const MIN_SPANS = 8;

interface Partly extends RestoredMany {
  /** Members to read by range. */
  left: readonly string[];
}

const nothing = (left: readonly string[]): Partly => ({ restored: [], failed: [], left });

/** A pass ends where the archive is damaged, and needs a decoder for whole archives; reading by range does not. */
async function whatAPassRestores(
  members: readonly string[],
  pass: () => Promise<RestoredMany>,
  signal: AbortSignal | undefined,
): Promise<Partly> {
  try {
    const { restored, failed } = await pass();
    const isFinal = ({ failure }: RestoredMany['failed'][number]): boolean => FINAL.has(failure.code);
    const left = failed.filter((one) => !isFinal(one)).map(({ member }) => member);
    return { restored, failed: failed.filter(isFinal), left };
  } catch (error) {
    if (signal?.aborted === true || !(error instanceof Failure) || !IN_READING.test(error.code)) throw error;
    return nothing(members);
  }
}

/** Failures before the first member is placed. */
const IN_READING = /^(archive|decoder)\./;

/** Failures that do not depend on how the archive is read. */
const FINAL: ReadonlySet<string> = new Set(['restore.exists', 'restore.unsafe_name']);

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
  const globs = Array.from(patterns, memberGlob);
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
