import { normaliseName } from '../../../archive/names.js';
import { Failure } from '../../../core/failure.js';
import { formatSize } from '../../../core/sizes.js';
import type { ArchiveRef } from '../archive-ref.js';

/** Chains of hard links are followed at most this far; longer ones are a loop or an attack. */
export const MAX_LINK_STEPS = 16;

/** The failures for a member that cannot be restored. All exit with code 1. */
export function memberFailures(archive: ArchiveRef, name: string) {
  const shown = JSON.stringify(normaliseName(name));
  const url = archive.store.urlOf(archive.key);
  const refuse = (code: string, message: string, hint?: string): Failure =>
    new Failure(code, message, hint === undefined ? { exitCode: 1 } : { exitCode: 1, hint });
  return {
    notFound: (why: string) =>
      refuse(
        'member.not_found',
        `${url} has no member ${shown}${why === '' ? '' : `: ${why}`}`,
        'run `salvor restore --list` to see the full names with their folders',
      ),
    notRegular: (kind: string) =>
      refuse(
        'member.not_regular',
        `${shown} in ${url} is a ${kind}, not a regular file`,
        kind === 'directory'
          ? 'name its files individually, as they appear in the listing'
          : 'extract it with tar',
      ),
    sparse: () =>
      refuse(
        'member.sparse',
        `${shown} in ${url} is a sparse file whose map contradicts itself`,
        'try GNU tar, and compare its output with a known copy',
      ),
    tooManyHoles: (limitBytes: number) =>
      refuse(
        'archive.limit',
        `${shown} in ${url} is a sparse file with more than ${formatSize(limitBytes)} of holes`,
        'if the file really is that large, increase --max-holes',
      ),
    unverified: (fault?: string) =>
      refuse(
        'member.unverified',
        `no checksum proves the content of ${shown} in ${url}${fault === undefined ? '' : `; ${fault}`}`,
        'add --allow-unverified to restore it anyway',
      ),
    corrupt: (what: string) =>
      refuse(
        'index.corrupt',
        `${url}: ${what}`,
        'check it with `salvor listings check ARCHIVE`, or add --stream',
      ),
    stale: () =>
      refuse(
        'index.stale',
        `${url} has changed since its index was built`,
        'rebuild the index, or add --stream',
      ),
    noIndex: () =>
      refuse(
        'restore.no_index',
        `${url} has no index that allows reading by range`,
        'add --stream, or build one with `salvor listings build --upload`',
      ),
  };
}
