import { createHash } from 'node:crypto';
import { STAND_IN_LIMIT_BYTES, type StandIn, standInOf, standInOfLink } from '../../files/stand-in.js';
import type { Examiner, Query } from '../../jobs/recovery/source-port.js';
import { contentOf } from '../file-identity.js';
import { hashAndExamine, type ReadContent } from '../hashing.js';
import { type Blob, BlobReader, UnusableBlob } from './blobs.js';
import type { Version } from './history.js';
import { ObjectIdentities } from './object-identity.js';

type ReadBlob =
  | { kind: 'read'; content: ReadContent; standIn: StandIn | undefined }
  | { kind: 'unusable'; message: string };

/** Reads blobs, unless an earlier plan read and verified them and the repository still stores them the same way. */
export class VerifiedBlobs {
  #blobs: BlobReader | undefined;
  readonly #directory: string;
  readonly #memory: Query['memory'];
  readonly #identities: ObjectIdentities | undefined;

  private constructor(directory: string, memory: Query['memory'], identities: ObjectIdentities | undefined) {
    this.#directory = directory;
    this.#memory = memory;
    this.#identities = identities;
  }

  static async open(directory: string, memory: Query['memory']): Promise<VerifiedBlobs> {
    const identities = memory === undefined ? undefined : await ObjectIdentities.of(directory);
    return new VerifiedBlobs(directory, memory, identities);
  }

  async read(version: Version, examine: () => Examiner): Promise<ReadBlob> {
    // The content of a link is read only to find out where it leads.
    const identity = version.link ? undefined : await this.#identities?.of(version.blob);
    const place = JSON.stringify([this.#directory, version.blob, version.path]);
    const known = identity === undefined ? undefined : this.#memory?.recallFile(place, identity);
    if (known !== undefined)
      return { kind: 'read', content: contentOf(known), standIn: known.examined.standIn };
    this.#blobs ??= new BlobReader(this.#directory);
    const read = await readBlob(this.#blobs, version, examine());
    // The files of a repository are never rewritten, so it does not matter how new they are.
    const times = { changedMs: Number.NEGATIVE_INFINITY, startedMs: 0 };
    if (identity !== undefined && read.kind === 'read')
      this.#memory?.rememberFile(place, { identity, ...read.content }, times);
    return read;
  }

  async close(): Promise<void> {
    await this.#blobs?.close();
  }
}

/** Reads a blob once, verifies its id, and checks whether it is a stand-in. */
async function readBlob(
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
