import type { ArchiveRef } from './archive-ref.js';

/** The bytes of an archive. Fails if the object was replaced since the HEAD request that reported the ETag. */
export async function* readWhole(
  archive: ArchiveRef,
  etag: string | undefined,
  { signal, onBytes }: { signal?: AbortSignal; onBytes?(count: number): void },
): AsyncGenerator<Uint8Array> {
  const { body } = await archive.store.get(archive.key, {
    ...(etag === undefined ? {} : { ifMatch: etag }),
    ...(signal === undefined ? {} : { signal }),
  });
  for await (const bytes of body) {
    signal?.throwIfAborted();
    onBytes?.(bytes.length);
    yield bytes;
  }
}
