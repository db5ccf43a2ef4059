import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { VerifiedBy } from '../../../archive/extract.js';
import type { IndexedMember } from '../../../archive/index/member.js';
import { typedNames } from '../../../archive/listing/typed-name.js';
import { normaliseName } from '../../../archive/names.js';
import type { DecodeFrames } from '../../../archive/ranged.js';
import type { Decode } from '../../../archive/read-archive.js';
import { hasContent } from '../../../archive/tar/member.js';
import { Failure } from '../../../core/failure.js';
import type { Finding } from '../../../core/finding.js';
import { isAbsent } from '../absent-object.js';
import type { ArchiveRef } from '../archive-ref.js';
import { onDisk } from '../placement.js';
import { withinFolders } from './below.js';
import { memberFailures } from './member-failures.js';
import { headOfArchive, noArchive } from './member-list.js';
import { MeteredReader } from './metered.js';
import { findMember, memberContent, type OpenIndex, openIndex } from './ranged-member.js';
import { type Spool, SpoolDirectory } from './spool.js';
import { type Streamed, streamMember } from './streamed-member.js';

export interface RestoreOptions {
  /** The name of the member, or the name as a listing prints it if no member has it literally. */
  member: string;
  /**
   * The directory that the output must stay below, even if its folders are replaced in the meantime, and the drafts.
   */
  below?: { directory: string; drafts: SpoolDirectory };
  /** A path, or `-` for stdout. Default: the last segment of the member's name, in the working directory. */
  output: string | undefined;
  /** Read the archive from the start, even if it has an index. */
  stream: boolean;
  occurrence: number | undefined;
  allowUnverified: boolean;
}

export interface RestorePorts {
  decode: Decode;
  decodeFrames?: DecodeFrames;
  /** The maximum size of holes in sparse members; members with larger holes are refused with `archive.limit`. */
  maxHoleBytes?: number;
  /** Receives the content for `-o -`, only after it is verified. */
  stdout(bytes: Uint8Array): Promise<void>;
  signal?: AbortSignal;
}

export interface RestoreSummary {
  archive: string;
  member: string;
  /** The written file; null for stdout. */
  output: string | null;
  size_bytes: number;
  sha256: string;
  verified_by: VerifiedBy;
  method: 'ranged' | 'streamed';
  bytes_fetched: number;
  requests: number;
  /** Problems of the archive that did not prevent restoring the member. */
  findings: Finding[];
}

interface Content extends Streamed {
  method: 'ranged' | 'streamed';
}

/**
 * Restores one member. Nothing is visible, on disk or on stdout, before its content is verified. Existing files are
 * never replaced.
 * @throws Failure `member.*`, `index.*`, `restore.exists`, `archive.*` (`archive.not_found` is exit 3)
 */
export async function restore(
  ref: ArchiveRef,
  options: RestoreOptions,
  ports: RestorePorts,
): Promise<RestoreSummary> {
  const store = new MeteredReader(ref.store);
  const archive = { store, key: ref.key };
  const toStdout = options.output === '-';
  const names = typedNames(options.member);
  // If a name can be read in several ways, the actual name is known only after the member is found.
  const ownName = names.length === 1 ? basename(normaliseName(options.member)) : undefined;
  const wantedPath = options.output ?? ownName;
  const named = wantedPath === undefined ? undefined : resolve(wantedPath);
  if (!toStdout && named !== undefined && existsSync(onDisk(named))) throw existsAlready(named);
  const { below } = options;
  const drafts = below?.drafts ?? new SpoolDirectory(toStdout ? tmpdir() : dirname(named ?? resolve('x')));
  const spool = drafts.make();
  try {
    const content = await fetchContent(archive, names, options, { ...ports, spool });
    if (!options.allowUnverified) requireVerified(archive, options.member, content);
    ports.signal?.throwIfAborted();
    const path = named ?? resolve(basename(content.name));
    if (toStdout) for await (const bytes of spool.read()) await ports.stdout(bytes);
    else if (below === undefined) spool.placeAs(path);
    else placeBelow(spool, below.directory, options.member);
    return restoreSummary(archive, content, toStdout ? null : path, {
      bytes: store.bytesRead,
      requests: store.reads,
    });
  } catch (error) {
    throw isAbsent(error) ? noArchive(archive) : error;
  } finally {
    spool.discard();
    if (below === undefined) drafts.remove();
  }
}

/** `fetched`: what reading this member took. */
export function restoreSummary(
  archive: ArchiveRef,
  content: Content,
  output: string | null,
  fetched: { bytes: number; requests: number },
): RestoreSummary {
  return {
    archive: archive.store.urlOf(archive.key),
    member: content.name,
    output,
    size_bytes: content.sizeBytes,
    sha256: content.sha256,
    verified_by: content.verifiedBy,
    method: content.method,
    bytes_fetched: fetched.bytes,
    requests: fetched.requests,
    findings: content.findings,
  };
}

/** @throws Failure `member.unverified` */
export function requireVerified(
  archive: ArchiveRef,
  member: string,
  { verifiedBy, findings }: Pick<Content, 'verifiedBy' | 'findings'>,
): void {
  if (verifiedBy !== 'none') return;
  const fault = findings.find(({ severity }) => severity === 'error');
  throw memberFailures(archive, member).unverified(fault?.message);
}

/** Places a content under the member's own name. @throws Failure `restore.exists`, `restore.unsafe_name` */
export function placeBelow(spool: Spool, directory: string, member: string): void {
  try {
    withinFolders(directory, member, (path) => spool.placeAs(path));
  } catch (error) {
    const isThere = error instanceof Failure && error.code === 'restore.exists';
    throw isThere ? existsAlready(join(directory, member)) : error;
  }
}

async function fetchContent(
  archive: ArchiveRef,
  names: readonly string[],
  options: RestoreOptions,
  ports: RestorePorts & { spool: Spool },
): Promise<Content> {
  const { spool } = ports;
  const common = {
    occurrence: options.occurrence,
    ...(ports.maxHoleBytes === undefined ? {} : { maxHoleBytes: ports.maxHoleBytes }),
    ...(ports.signal === undefined ? {} : { signal: ports.signal }),
  };
  const stream = async (expectedSha256: string | undefined): Promise<Content> => {
    const request = { names, occurrence: options.occurrence, expectedSha256, spool };
    const streamed = await streamMember(archive, request, ports);
    return { ...streamed, method: 'streamed' };
  };
  if (options.stream) return stream(undefined);
  const open = await openIndex(archive, ports.signal);
  if (open === undefined) {
    await headOfArchive(archive, ports.signal);
    throw memberFailures(archive, options.member).noIndex();
  }
  const { member, name } = await findMember(open, names, common);
  // Version 1 indexes do not record where the parts of a sparse member belong.
  if (open.index.footer.meta.access === 'stream-only' || !hasContent(member)) return stream(member.sha256);
  const content = await ranged(open, member, spool, {
    ...common,
    ...(ports.decodeFrames === undefined ? {} : { decodeFrames: ports.decodeFrames }),
  });
  return { ...content, name };
}

async function ranged(
  open: OpenIndex,
  member: IndexedMember,
  spool: Spool,
  options: Parameters<typeof memberContent>[2],
): Promise<Omit<Content, 'name'>> {
  const content = memberContent(open, member, options);
  let next = await content.next();
  for (; next.done !== true; next = await content.next()) spool.write(next.value);
  return { ...next.value, method: 'ranged', findings: [] };
}

export function existsAlready(path: string): Failure {
  return new Failure('restore.exists', `${path} already exists`, {
    hint: 'existing files are never replaced: choose another path with -o',
    exitCode: 1,
  });
}
