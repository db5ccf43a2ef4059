import { pack } from 'tar-stream';
import { collect } from './bytes.js';

export interface PackEntry {
  name: string;
  type?: 'file' | 'link' | 'symlink' | 'directory' | 'fifo';
  linkname?: string;
  content?: Uint8Array | string;
}

/** A tar made by an independent writer. */
export async function packTar(entries: readonly PackEntry[]): Promise<Buffer> {
  const stream = pack();
  for (const { content = '', type = 'file', name, linkname } of entries) {
    const mtime = new Date(1_700_000_000_000);
    const header = { name, type, mtime, ...(linkname === undefined ? {} : { linkname }) };
    if (type === 'file') stream.entry(header, Buffer.from(content as Uint8Array));
    else stream.entry(header);
  }
  stream.finalize();
  return collect(stream as unknown as AsyncIterable<Uint8Array>);
}
