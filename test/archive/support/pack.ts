import { type Headers, pack } from 'tar-stream';
import { collect } from './bytes.js';

export interface PackEntry extends Partial<Headers> {
  name: string;
  content?: Uint8Array | string;
}

/** A tar made by an independent writer. */
export async function packTar(entries: readonly PackEntry[]): Promise<Buffer> {
  const stream = pack();
  for (const { content = '', ...header } of entries) {
    const body = Buffer.from(content as Uint8Array);
    const { type = 'file' } = header;
    stream.entry({ mtime: new Date(1_700_000_000_000), ...header, type }, type === 'file' ? body : undefined);
  }
  stream.finalize();
  return collect(stream);
}
