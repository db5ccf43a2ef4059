import type { Damage } from '../../../archive/damage.js';
import { type ContentSink, extractMembers, type VerifiedBy } from '../../../archive/extract.js';
import { normaliseName } from '../../../archive/names.js';
import type { Decode } from '../../../archive/read-archive.js';
import { hasContent, type TarMember } from '../../../archive/tar/member.js';
import { Failure } from '../../../core/failure.js';
import type { Finding } from '../../../core/finding.js';
import type { ArchiveRef } from '../archive-ref.js';
import { damageFinding, noteFindings } from '../damage-finding.js';
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
  /** The name that the member has. */
  name: string;
  sizeBytes: number;
  sha256: string;
  verifiedBy: VerifiedBy;
  /** What is to be said of the archive: the fault that ended the reading after the member, or less. */
  findings: Finding[];
}

interface Found {
  member: TarMember;
  sha256: string | undefined;
  verifiedBy: VerifiedBy | undefined;
}

interface Pass {
  /** Which of the names there was. */
  name: string;
  /** The last member of the name, or the occurrence that was asked for. */
  found: Found | undefined;
  /** How many members of the name came. */
  seen: number;
  damage: Damage | undefined;
  findings: Finding[];
}

/**
 * Reads an archive from its beginning until the member is there and verified, its content into `spool`: the member
 * of the first of these names that there is. The last
 * member of that name counts, so the whole archive is read unless an occurrence or a digest is known. Of a damaged
 * archive, the last one that is whole before the fault is given.
 * @throws Failure `member.*`, `archive.*`
 */
export async function streamMember(
  archive: ArchiveRef,
  names: readonly string[],
  spool: Spool,
  options: StreamOptions,
): Promise<Streamed> {
  const fail = memberFailures(archive, names[0] ?? '');
  let wanted = names.map(normaliseName);
  let { occurrence } = options;
  let name = '';
  let before = Number.POSITIVE_INFINITY;
  for (let step = 0; step <= MAX_LINK_STEPS; step += 1) {
    const pass = await onePass(archive, { wanted, occurrence, before }, spool, options);
    if (step === 0) name = pass.name;
    const { found, damage, findings } = pass;
    if (found === undefined && damage !== undefined) throw damaged(archive, damage);
    if (found === undefined) {
      throw fail.notFound(step === 0 ? '' : 'it is a hard link to a member that is not there');
    }
    const { member, sha256, verifiedBy } = found;
    if (member.kind === 'hardlink') {
      wanted = [normaliseName(member.linkName)];
      before = member.headerAt;
      occurrence = undefined;
      continue;
    }
    if (member.kind !== 'file') throw fail.notRegular(member.kind);
    if (!hasContent(member)) throw fail.sparse();
    if (sha256 !== undefined && verifiedBy !== undefined) {
      return { name, sizeBytes: member.sizeBytes, sha256, verifiedBy, findings };
    }
    if (damage === undefined) throw new Error('a content was never settled');
    throw damaged(archive, damage, pass.seen > 1 && occurrence === undefined ? pass.seen - 1 : undefined);
  }
  throw fail.notFound('its hard links go in a circle');
}

/** The member that one pass looks for: of these names the first that is there, above this header. */
interface Sought {
  wanted: readonly string[];
  occurrence: number | undefined;
  before: number;
}

async function onePass(
  archive: ArchiveRef,
  { wanted, occurrence, before }: Sought,
  spool: Spool,
  options: StreamOptions,
): Promise<Pass> {
  let seen = 0;
  let found: Found | undefined;
  let checked = false;
  let rank = wanted.length;
  const matches = (member: TarMember): boolean => {
    const own = wanted.indexOf(normaliseName(member.name));
    if (member.headerAt >= before || own < 0 || own > rank) return false;
    // The name itself is meant rather than one that it might be a listing's way to print.
    if (own < rank) {
      seen = 0;
      found = undefined;
    }
    rank = own;
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
  const { damage, notes } = await extractMembers(body, {
    decode: options.decode,
    onMember: (member) => {
      if (matches(member)) found = { member, sha256: undefined, verifiedBy: undefined };
    },
    wants: (member) => (found?.member === member ? sinkFor(found) : undefined),
    enough: () => rank === 0 && (checked || (occurrence !== undefined && found?.verifiedBy !== undefined)),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const subject = archive.store.urlOf(archive.key);
  const findings = damage === undefined ? noteFindings(subject, notes) : [damageFinding(subject, damage)];
  return { name: wanted[rank] ?? '', found, seen, damage, findings };
}

function damaged(archive: ArchiveRef, damage: Damage, wholeBefore?: number): Failure {
  const { code, message } = damageFinding('', damage);
  const hint =
    wholeBefore === undefined
      ? 'members that are whole before the fault can be restored one by one'
      : `an earlier member of that name is whole: add --occurrence ${wholeBefore}`;
  return new Failure(code, `${archive.store.urlOf(archive.key)}: ${message}`, { exitCode: 1, hint });
}
