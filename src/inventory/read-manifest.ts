import { createHash } from 'node:crypto';
import { Failure } from '../core/failure.js';
import { counted } from '../core/pluralize.js';
import { printable } from '../core/printable.js';
import type { StoreReader } from '../objectstore/port.js';
import type { ManifestPlace } from './locate.js';
import { badManifest, MAX_MANIFEST_BYTES, type Manifest, parseManifest } from './manifest.js';

/** A hex digest, with an optional newline. */
const MAX_CHECKSUM_BYTES = 1000;

/**
 * Reads a manifest and compares it with the `manifest.checksum` next to it. `note` is called if there is none.
 * @throws Failure `inventory.*`, `store.*`
 */
export async function readManifest(
  { url, store, key }: ManifestPlace,
  nowMs: number,
  note: (message: string) => void,
  signal: AbortSignal,
): Promise<Manifest> {
  const bytes = await readSmall(store, key, MAX_MANIFEST_BYTES, signal);
  const checksum = await readChecksum(store, key.replace(/[^/]*$/, 'manifest.checksum'), signal);
  if (checksum === undefined) {
    note(`there is no manifest.checksum next to ${printable(url)}: only its data files can be checked`);
  } else if (createHash('md5').update(bytes).digest('hex') !== checksum) {
    throw new Failure(
      'inventory.corrupt',
      `${printable(url)} does not match the manifest.checksum next to it`,
      {
        hint: 'run it again; if the error persists, wait for the next inventory',
      },
    );
  }
  return parseManifest(bytes, url, nowMs);
}

async function readChecksum(
  store: StoreReader,
  key: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return (await readSmall(store, key, MAX_CHECKSUM_BYTES, signal)).toString('latin1').trim().toLowerCase();
  } catch (error) {
    if (error instanceof Failure && error.code === 'store.not_found') return undefined;
    throw error;
  }
}

async function readSmall(
  store: StoreReader,
  key: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const { info, body } = await store.get(key, { signal });
  if (info.sizeBytes > maxBytes)
    throw badManifest(store.urlOf(key), `it has ${counted(info.sizeBytes, 'byte')}`);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes)
      throw badManifest(store.urlOf(key), `it has more than ${counted(maxBytes, 'byte')}`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
