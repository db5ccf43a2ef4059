import { Damage } from '../../archive/damage.js';
import { type ContentSink, extractMembers, type VerifiedBy } from '../../archive/extract.js';
import { normaliseName } from '../../archive/names.js';
import type { Decode } from '../../archive/read-archive.js';
import type { TarMember } from '../../archive/tar/member.js';
import { Failure } from '../../core/failure.js';
import type { ArchiveRef } from './archive-ref.js';
import { MAX_LINK_STEPS, memberFailures } from './member-failures.js';
import type { Spool } from './spool.js';

export interface StreamOptions {
  occurrence: number | undefined;
  /** Digest that the index has of the member; a content with it needs no more of the stream. */
  expectedSha256: string | undefined;
  decode: Decode;
  signal?: AbortSignal;
}

export interface Streamed {
  sizeBytes: number;
  sha256: string;
  verifiedBy: VerifiedBy;
}

interface Found {
  member: TarMember;
  sha256: string | undefined;
  verifiedBy: VerifiedBy | undefined;
}

/**
 * Reads an archive from its beginning until the member is there and verified, its content into `spool`. The last
 * member of that name counts, so the whole archive is read unless an occurrence or a digest is known.
 * @throws Failure `member.*`, `archive.*`
 */
export async function streamMember(
  archive: ArchiveRef,
  name: string,
  spool: Spool,
  options: StreamOptions,
): Promise<Streamed> {
  const fail = memberFailures(archive, name);
  let wanted = normaliseName(name);
  let { occurrence } = options;
  let before = Number.POSITIVE_INFINITY;
  for (let step = 0; step <= MAX_LINK_STEPS; step += 1) {
    const found = await onePass(archive, wanted, occurrence, before, spool, options);
    if (found === undefined) {
      throw fail.notFound(step === 0 ? '' : 'it is a hard link to a member that is not there');
    }
    const { member, sha256, verifiedBy } = found;
    if (member.kind === 'hardlink') {
      wanted = normaliseName(member.linkName);
      before = member.headerAt;
      occurrence = undefined;
      continue;
    }
    if (member.kind !== 'file') throw fail.notRegular(member.kind);
    if (member.sparse) throw fail.sparse();
    if (sha256 === undefined || verifiedBy === undefined) throw new Error('a content was never settled');
    return { sizeBytes: member.sizeBytes, sha256, verifiedBy };
  }
  throw fail.notFound('its hard links go in a circle');
}

async function onePass(
  archive: ArchiveRef,
  wanted: string,
  occurrence: number | undefined,
  before: number,
  spool: Spool,
  options: StreamOptions,
): Promise<Found | undefined> {
  let seen = 0;
  let found: Found | undefined;
  let checked = false;
  const matches = (member: TarMember): boolean => {
    if (member.headerAt >= before || normaliseName(member.name) !== wanted) return false;
    seen += 1;
    return occurrence === undefined || seen === occurrence;
  };
  const sinkFor = (current: Found): ContentSink => ({
    begin: () => spool.restart(),
    write: (bytes) => spool.write(bytes),
    complete: (sha256) => {
      current.sha256 = sha256;
      checked = sha256 === options.expectedSha256;
      return checked ? 'checked' : 'unchecked';
    },
    verified: (by) => {
      current.verifiedBy = by;
    },
    abandon: () => spool.restart(),
  });
  const { body } = await archive.store.get(
    archive.key,
    options.signal === undefined ? {} : { signal: options.signal },
  );
  try {
    await extractMembers(body, {
      decode: options.decode,
      onMember: (member) => {
        if (matches(member)) found = { member, sha256: undefined, verifiedBy: undefined };
      },
      wants: (member) => (found?.member === member ? sinkFor(found) : undefined),
      enough: () => checked || (occurrence !== undefined && found?.verifiedBy !== undefined),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (error) {
    throw error instanceof Damage ? damaged(archive, error) : error;
  }
  return found;
}

function damaged(archive: ArchiveRef, damage: Damage): Failure {
  return new Failure(`archive.${damage.kind}`, `${archive.store.urlOf(archive.key)}: ${damage.message}`, {
    exitCode: 1,
  });
}
