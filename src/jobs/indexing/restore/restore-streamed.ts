import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { typedNames } from '../../../archive/listing/typed-name.js';
import { Failure } from '../../../core/failure.js';
import { isAbsent } from '../absent-object.js';
import type { ArchiveRef } from '../archive-ref.js';
import { onDisk } from '../placement.js';
import { placeInDirectory } from './below.js';
import { noArchive } from './member-list.js';
import { MeteredReader } from './metered.js';
import { findMember, type OpenIndex } from './ranged-member.js';
import {
  existsAlready,
  placeBelow,
  type RestoreOptions,
  type RestorePorts,
  type RestoreSummary,
  requireVerified,
  restoreSummary,
} from './restore.js';
import { type StreamRequest, streamMembers } from './streamed-member.js';

export interface RestoredMany {
  restored: RestoreSummary[];
  failed: { member: string; failure: Failure }[];
}

interface Options extends Pick<RestoreOptions, 'allowUnverified'> {
  below: NonNullable<RestoreOptions['below']>;
  /** An index that has digests but no checkpoints. */
  open: OpenIndex | undefined;
}

/** Restores any number of members in one pass over the archive. Hard links may need another pass. */
export async function restoreStreamed(
  archive: ArchiveRef,
  members: readonly string[],
  { below, open, allowUnverified }: Options,
  ports: RestorePorts,
): Promise<RestoredMany> {
  const result: RestoredMany = { restored: [], failed: [] };
  const { directory, drafts } = below;
  const store = new MeteredReader(archive.store);
  const metered = { store, key: archive.key };
  const requests: (StreamRequest & { member: string })[] = [];
  for (const member of members) {
    await tally(result, member, async () => {
      placeInDirectory(member);
      const path = join(directory, member);
      if (existsSync(onDisk(path))) throw existsAlready(path);
      const names = typedNames(member);
      const expectedSha256 = await digestOf(open, names);
      const spool = drafts.make();
      spool.rest();
      requests.push({ member, names, occurrence: undefined, expectedSha256, spool });
      return undefined;
    });
  }
  if (requests.length === 0) return result;
  const streamed = await streamMembers(metered, requests, ports).catch((error: unknown) => {
    throw isAbsent(error) ? noArchive(archive) : error;
  });
  for (const [i, request] of requests.entries()) {
    ports.signal?.throwIfAborted();
    await tally(result, request.member, async () => {
      const content = streamed[i];
      if (content === undefined || content instanceof Failure) throw content;
      if (!allowUnverified) requireVerified(archive, request.member, content);
      placeBelow(request.spool, directory, request.member);
      request.spool.rest();
      // All members share one pass, which is counted for the first.
      const fetched = i === 0 ? { bytes: store.bytesRead, requests: store.reads } : { bytes: 0, requests: 0 };
      const output = join(directory, request.member);
      return restoreSummary(archive, { ...content, method: 'streamed' }, output, fetched);
    });
  }
  return result;
}

/** Counts the result for one member. A member that cannot be restored does not stop the others. */
export async function tally(
  { restored, failed }: RestoredMany,
  member: string,
  work: () => Promise<RestoreSummary | undefined>,
): Promise<void> {
  try {
    const summary = await work();
    if (summary !== undefined) restored.push(summary);
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode !== 1) throw error;
    failed.push({ member, failure: error });
  }
}

async function digestOf(open: OpenIndex | undefined, names: readonly string[]): Promise<string | undefined> {
  if (open === undefined) return undefined;
  return (await findMember(open, names, { occurrence: undefined })).member.sha256;
}
