import { normaliseName } from '../../../archive/names.js';
import { Failure } from '../../../core/failure.js';
import { formatSize } from '../../../core/sizes.js';
import type { ArchiveRef } from '../archive-ref.js';

/** Links to links end somewhere; more steps than this are a circle or a trap. */
export const MAX_LINK_STEPS = 16;

/** Why one member can't be restored, as failures that name it and its archive. All are exit 1. */
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
        'see the names, whole and with their folders, with `salvor restore --list`',
      ),
    notRegular: (kind: string) =>
      refuse(
        'member.not_regular',
        `${shown} in ${url} is a ${kind}, not a regular file`,
        kind === 'directory' ? 'name its files one by one, as the listing has them' : 'extract it with tar',
      ),
    sparse: () =>
      refuse(
        'member.sparse',
        `${shown} in ${url} is a sparse file whose map contradicts itself`,
        'try GNU tar, and compare what it gives with something known',
      ),
    tooManyHoles: (limitBytes: number) =>
      refuse(
        'archive.limit',
        `${shown} in ${url} is a sparse file; the holes to fill would be more than ${formatSize(limitBytes)}`,
        'if the file really is that large, raise --max-holes',
      ),
    unverified: (fault?: string) =>
      refuse(
        'member.unverified',
        `nothing proves that the content of ${shown} in ${url} is right${fault === undefined ? '' : `; ${fault}`}`,
        'add --allow-unverified if that is good enough',
      ),
    corrupt: (what: string) =>
      refuse('index.corrupt', `${url}: ${what}`, 'check it with `salvor listings check`, or add --stream'),
    stale: () =>
      refuse(
        'index.stale',
        `${url} is no longer the object that its index was made from`,
        'build the index again, or add --stream',
      ),
    noIndex: () =>
      refuse(
        'restore.no_index',
        `${url} has no index that allows reading by range`,
        'add --stream, or build one with `salvor listings build --upload`',
      ),
  };
}
