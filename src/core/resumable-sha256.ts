import { createSHA256, type IHasher } from 'hash-wasm';

/**
 * A SHA-256 whose state can be saved and loaded by a later process. It is slower than the native one, but faster than
 * any network or limited rate that makes a read take several runs.
 */
export class ResumableSha256 {
  readonly #hash: IHasher;

  private constructor(hash: IHasher) {
    this.#hash = hash;
  }

  /** Continues from a saved state; undefined if another version of the library saved it. */
  static async load(state: string): Promise<ResumableSha256 | undefined> {
    const hash = (await createSHA256()).init();
    try {
      return new ResumableSha256(hash.load(Buffer.from(state, 'base64')));
    } catch {
      return undefined;
    }
  }

  static async create(): Promise<ResumableSha256> {
    return new ResumableSha256((await createSHA256()).init());
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  save(): string {
    return Buffer.from(this.#hash.save()).toString('base64');
  }

  /** The digest in hex. The hash cannot be used afterwards. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}
