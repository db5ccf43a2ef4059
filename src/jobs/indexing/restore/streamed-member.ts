import type { Damage } from '../../../archive/damage.js';
import { type ContentSink, extractMembers, type VerifiedBy } from '../../../archive/extract.js';
import { HoleBudget } from '../../../archive/holes.js';
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
  decode: Decode;
  /** The maximum size of holes in sparse members; members with larger holes are refused. */
  maxHoleBytes?: number;
  signal?: AbortSignal;
}

/** One requested member, and where its content goes. */
export interface StreamRequest {
  /** The first of these names that exists is used. */
  names: readonly string[];
  occurrence: number | undefined;
  /**
   * The digest of the member in the index: a different content is refused. Once a content matches it, the rest of the
   * stream is not needed.
   */
  expectedSha256: string | undefined;
  spool: Spool;
}

export interface Streamed {
  /** The actual name of the member. */
  name: string;
  sizeBytes: number;
  sha256: string;
  verifiedBy: VerifiedBy;
  /** Findings about the archive, such as damage after the member. */
  findings: Finding[];
}

interface Found {
  member: TarMember;
  sha256: string | undefined;
  verifiedBy: VerifiedBy | undefined;
  /** Set if the member was not read because its holes are larger than this. */
  beyondBytes?: number;
}

/** The state of a request across passes, while it follows hard links. */
interface Want {
  readonly request: StreamRequest;
  names: readonly string[];
  occurrence: number | undefined;
  /** Only members that start before this offset count. */
  before: number;
  step: number;
  /** The name that was found first, before following links. */
  name: string;
  /** The position of the found name in `names`; their number if none was found yet. */
  rank: number;
  found: Found | undefined;
  /** Number of members with the name so far. */
  seen: number;
  checked: boolean;
}

/**
 * Reads an archive from the start until all requested members are verified, and writes their contents to their spools.
 * The last member with a name counts, so the whole archive is read unless an occurrence or a digest is known. It is
 * read again only to follow hard links. If the archive is damaged, the last complete member before the damage is used.
 * @returns the result of each request, which may be a Failure `member.*`, `archive.*` or `index.corrupt`
 */
export async function streamMembers(
  archive: ArchiveRef,
  requests: readonly StreamRequest[],
  options: StreamOptions,
): Promise<(Streamed | Failure)[]> {
  const wants = requests.map(begin);
  const results = new Map<Want, Streamed | Failure>();
  let open = wants;
  while (open.length > 0) {
    const { damage, findings } = await onePass(archive, open, options);
    const linked: Want[] = [];
    for (const want of open) {
      if (want.step === 0) want.name = want.names[want.rank] ?? '';
      const result = resultOf(archive, want, damage, findings);
      if (result === 'linked') linked.push(want);
      else results.set(want, result);
    }
    open = linked;
  }
  return wants.map((want) => results.get(want) as Streamed | Failure);
}

/** Like `streamMembers`, for one member. @throws Failure `member.*`, `archive.*`, `index.corrupt` */
export async function streamMember(
  archive: ArchiveRef,
  request: StreamRequest,
  options: StreamOptions,
): Promise<Streamed> {
  const [result] = await streamMembers(archive, [request], options);
  if (result === undefined || result instanceof Failure) throw result;
  return result;
}

function begin(request: StreamRequest): Want {
  const names = request.names.map(normaliseName);
  const { occurrence } = request;
  return {
    request,
    names,
    occurrence,
    before: Number.POSITIVE_INFINITY,
    step: 0,
    name: '',
    rank: names.length,
    found: undefined,
    seen: 0,
    checked: false,
  };
}

function resultOf(
  archive: ArchiveRef,
  want: Want,
  damage: Damage | undefined,
  findings: Finding[],
): Streamed | Failure | 'linked' {
  const fail = memberFailures(archive, want.request.names[0] ?? '');
  if (want.found === undefined) {
    if (damage !== undefined) return damaged(archive, damage);
    return fail.notFound(want.step === 0 ? '' : 'it is a hard link to a missing member');
  }
  const { member, sha256, verifiedBy, beyondBytes } = want.found;
  if (member.kind === 'hardlink') {
    if (want.step === MAX_LINK_STEPS)
      return fail.notFound('its hard links form a loop or a chain of more than 16 members');
    follow(want, member);
    return 'linked';
  }
  if (member.kind !== 'file') return fail.notRegular(member.kind);
  if (!hasContent(member)) return fail.sparse();
  if (beyondBytes !== undefined) return fail.tooManyHoles(beyondBytes);
  if (sha256 !== undefined && verifiedBy !== undefined) {
    const { expectedSha256 } = want.request;
    if (expectedSha256 !== undefined && expectedSha256 !== sha256)
      return fail.corrupt('the content does not match its digest in the index');
    return { name: want.name, sizeBytes: member.sizeBytes, sha256, verifiedBy, findings };
  }
  if (damage === undefined) throw new Error('a content was never settled');
  const isLast = want.seen > 1 && want.occurrence === undefined;
  return damaged(archive, damage, isLast ? want.seen - 1 : undefined);
}

function follow(want: Want, { linkName, headerAt }: TarMember): void {
  want.names = [normaliseName(linkName)];
  want.before = headerAt;
  want.occurrence = undefined;
  want.step += 1;
  want.rank = 1;
  want.found = undefined;
  want.seen = 0;
}

async function onePass(
  archive: ArchiveRef,
  wants: readonly Want[],
  options: StreamOptions,
): Promise<{ damage: Damage | undefined; findings: Finding[] }> {
  const byName = new Map<string, { want: Want; rank: number }[]>();
  for (const want of wants) {
    for (const [rank, name] of want.names.entries()) {
      const same = byName.get(name);
      if (same === undefined) byName.set(name, [{ want, rank }]);
      else same.push({ want, rank });
    }
  }
  let taking: Want[] = [];
  const holes = new HoleBudget(options.maxHoleBytes);
  const { body } = await archive.store.get(
    archive.key,
    options.signal === undefined ? {} : { signal: options.signal },
  );
  const { damage, notes } = await extractMembers(body, {
    decode: options.decode,
    onMember: (member) => {
      const named = byName.get(normaliseName(member.name)) ?? [];
      taking = named.flatMap(({ want, rank }) => (takes(want, rank, member) ? [want] : []));
    },
    wants: (member) => {
      if (taking.length === 0) return undefined;
      if (holes.take(member)) return sinkInto(taking);
      for (const { found } of taking) if (found !== undefined) found.beyondBytes = holes.limitBytes;
      return undefined;
    },
    enough: () => wants.every(isSettled),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const subject = archive.store.urlOf(archive.key);
  const findings = damage === undefined ? noteFindings(subject, notes) : [damageFinding(subject, damage)];
  return { damage, findings };
}

/** Whether the member is the requested one, as far as is known. */
function takes(want: Want, rank: number, member: TarMember): boolean {
  if (member.headerAt >= want.before || rank > want.rank) return false;
  // Prefer the literal name over a name that a listing would print this way.
  if (rank < want.rank) want.seen = 0;
  want.rank = rank;
  want.seen += 1;
  if (want.occurrence !== undefined && want.seen !== want.occurrence) {
    if (want.seen === 1) want.found = undefined;
    return false;
  }
  want.found = { member, sha256: undefined, verifiedBy: undefined };
  return true;
}

function isSettled({ rank, checked, occurrence, found }: Want): boolean {
  return rank === 0 && (checked || (occurrence !== undefined && found?.verifiedBy !== undefined));
}

function sinkInto(wants: readonly Want[]): ContentSink {
  const into = wants.flatMap((want) => (want.found === undefined ? [] : [{ want, found: want.found }]));
  return {
    begin() {
      for (const { want } of into) want.request.spool.restart();
    },
    write(bytes) {
      for (const { want } of into) want.request.spool.write(bytes);
    },
    complete(sha256) {
      for (const { want, found } of into) {
        found.sha256 = sha256;
        want.checked = sha256 === want.request.expectedSha256;
        want.request.spool.rest();
      }
      return into.every(({ want }) => want.checked) ? 'checked' : 'unchecked';
    },
    verified(by) {
      for (const { found } of into) found.verifiedBy = by;
    },
    abandon() {
      for (const { want } of into) want.request.spool.restart();
    },
  };
}

function damaged(archive: ArchiveRef, damage: Damage, wholeBefore?: number): Failure {
  const { code, message } = damageFinding('', damage);
  const hint =
    wholeBefore === undefined
      ? 'members that are complete before the damage can be restored individually'
      : `an earlier member with that name is complete: add --occurrence ${wholeBefore}`;
  return new Failure(code, `${archive.store.urlOf(archive.key)}: ${message}`, { exitCode: 1, hint });
}
