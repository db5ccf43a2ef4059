import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { normaliseName } from '../../../archive/names.js';
import { Failure } from '../../../core/failure.js';
import { compileGlob } from '../../../core/glob.js';
import type { ArchiveRef } from '../archive-ref.js';
import { onDisk } from '../placement.js';
import { listMembers } from './member-list.js';
import { type RestoreOptions, type RestorePorts, type RestoreSummary, restore } from './restore.js';

/** Members that one command may bring back: more are a job for tar. */
const MAX_MEMBERS = 100_000;

interface RestoreManyOptions extends Omit<RestoreOptions, 'member' | 'output'> {
  /** Names or globs. */
  members: readonly string[];
  /** Where they go. */
  directory: string;
}

export interface RestoredMany {
  restored: RestoreSummary[];
  failed: { member: string; failure: Failure }[];
}

/**
 * Brings several members back into a directory, under their own names. Nothing is written outside the directory, and
 * nothing existing is replaced; a member that cannot be restored does not keep the others.
 * @throws Failure `restore.no_match`, `archive.not_found`, `restore.no_listing`
 */
export async function restoreMany(
  archive: ArchiveRef,
  { members: wanted, directory, ...options }: RestoreManyOptions,
  ports: RestorePorts,
): Promise<RestoredMany> {
  const result: RestoredMany = { restored: [], failed: [] };
  for (const member of await expand(archive, wanted, ports.signal)) {
    ports.signal?.throwIfAborted();
    try {
      const output = placeBelow(directory, member);
      result.restored.push(await restore(archive, { ...options, member, output, drafts: directory }, ports));
    } catch (error) {
      if (!(error instanceof Failure) || error.exitCode !== 1) throw error;
      result.failed.push({ member, failure: error });
    }
  }
  return result;
}

/** Names as they are; what holds a `*` and is no member's name is a glob over the members that have content. */
async function expand(
  archive: ArchiveRef,
  wanted: readonly string[],
  signal?: AbortSignal,
): Promise<Set<string>> {
  const members = new Set(wanted.filter((one) => !one.includes('*')).map(normaliseName));
  const globs = wanted.flatMap((text) => {
    if (!text.includes('*')) return [];
    const glob = compileGlob(normaliseName(text));
    if ('problem' in glob)
      throw new Failure('usage.invalid', `the pattern ${JSON.stringify(text)}: ${glob.problem}`, {
        exitCode: 2,
      });
    return [{ glob, text: normaliseName(text), matched: false }];
  });
  if (globs.length === 0) return members;
  for await (const { name, kind } of (await listMembers(archive, signal)).members) {
    const own = normaliseName(name);
    const hits = globs.filter(({ glob, text }) => text === own || glob.matches(own));
    for (const hit of hits) hit.matched = true;
    if (hits.length > 0 && (kind === 'file' || kind === 'hardlink' || kind === 'unknown')) members.add(own);
    if (members.size > MAX_MEMBERS) {
      throw new Failure('restore.too_many', `more than ${MAX_MEMBERS} members match`, {
        exitCode: 1,
        hint: 'name fewer, or extract the archive with tar',
      });
    }
  }
  const idle = globs.find(({ matched }) => !matched);
  if (idle === undefined) return members;
  throw new Failure(
    'member.not_found',
    `no member of ${archive.store.urlOf(archive.key)} matches ${JSON.stringify(idle.text)}`,
    {
      exitCode: 1,
      hint: '`*` does not match a slash, `**` does; see the members with `salvor restore --list`',
    },
  );
}

/** Where a member goes: below the directory, through no link. Its folders are made. @throws Failure `restore.unsafe_name` */
function placeBelow(directory: string, member: string): string {
  const segments = member.split('/').filter((segment) => segment !== '' && segment !== '.');
  const file = segments.pop();
  if (file === undefined || file === '..' || segments.includes('..'))
    throw unsafe(member, 'its name leads out of the directory');
  let path = directory;
  for (const segment of segments) {
    path = join(path, segment);
    makeFolder(path, member);
  }
  return join(path, file);
}

function makeFolder(path: string, member: string): void {
  try {
    mkdirSync(onDisk(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!lstatSync(onDisk(path)).isDirectory()) throw unsafe(member, `${path} is not a directory`);
  }
}

function unsafe(member: string, why: string): Failure {
  return new Failure('restore.unsafe_name', `${JSON.stringify(member)} was not restored: ${why}`, {
    exitCode: 1,
    hint: 'restore it alone, under another name: -o FILE',
  });
}
