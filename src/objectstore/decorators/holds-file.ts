import { open } from 'node:fs/promises';
import type { StoreReader } from '../port.js';

/** Whether the object has exactly the content of the local file. */
export async function holdsFile(
  store: StoreReader,
  key: string,
  path: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { info, body } = await store.get(key, signal === undefined ? {} : { signal });
    if (info.sizeBytes !== (await file.stat()).size) return false;
    let position = 0;
    for await (const chunk of body) {
      const expected = Buffer.alloc(chunk.length);
      const { bytesRead } = await file.read(expected, 0, chunk.length, position);
      if (bytesRead !== chunk.length || !expected.equals(chunk)) return false;
      position += chunk.length;
    }
    return position === info.sizeBytes;
  } finally {
    await file.close();
  }
}
