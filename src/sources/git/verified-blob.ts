import { createHash } from 'node:crypto';
import { STAND_IN_LIMIT_BYTES, type StandIn, standInOf, standInOfLink } from '../../files/stand-in.js';
import { hashAndExamine, type ReadContent } from '../hashing.js';
import { type Blob, type BlobReader, UnusableBlob } from './blobs.js';
import type { Version } from './history.js';

type ReadBlob =
  | { kind: 'read'; content: ReadContent; standIn: StandIn | undefined }
  | { kind: 'unusable'; message: string };

/** Reads a blob once, verifies its id, and checks whether it is a stand-in. */
export async function readBlob(
  blobs: BlobReader,
  version: Version,
  examiner: Parameters<typeof hashAndExamine>[1],
): Promise<ReadBlob> {
  const small: Uint8Array[] = [];
  const body = async function* (blob: Blob): AsyncGenerator<Uint8Array> {
    for await (const chunk of verifiedBytes(blob, version.blob)) {
      if (blob.sizeBytes <= STAND_IN_LIMIT_BYTES) small.push(Buffer.from(chunk));
      yield chunk;
    }
  };
  try {
    const content = await hashAndExamine(body(await blobs.open(version.blob)), examiner);
    const bytes = Buffer.concat(small);
    const name = version.path.slice(version.path.lastIndexOf('/') + 1);
    const standIn = version.link ? standInOfLink(bytes.toString('utf8')) : standInOf(bytes, name);
    return { kind: 'read', content, standIn };
  } catch (error) {
    if (error instanceof UnusableBlob) return { kind: 'unusable', message: error.message };
    throw error;
  }
}

/** The bytes of a blob, verified against its id. @throws UnusableBlob at the end if they do not match */
export async function* verifiedBytes({ sizeBytes, body }: Blob, id: string): AsyncGenerator<Uint8Array> {
  const hash = createHash(id.length === 40 ? 'sha1' : 'sha256').update(`blob ${sizeBytes}\0`);
  for await (const chunk of body) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== id) throw new UnusableBlob(`the content of blob ${id} does not match its id`);
}
