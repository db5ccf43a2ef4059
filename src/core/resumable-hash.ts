import { createMD5, createSHA1, createSHA256, createSHA512, type IHasher } from 'hash-wasm';
import type { DigestAlgorithm } from './recorded-digest.js';

const CREATE: Readonly<Record<DigestAlgorithm, () => Promise<IHasher>>> = {
  md5: createMD5,
  sha1: createSHA1,
  sha256: createSHA256,
  sha512: createSHA512,
};

/**
 * A hash whose state can be saved and loaded by a later process (a WebAssembly implementation; slower than the native
 * one, but faster than any network or limited rate that makes a read take several runs).
 */
export class ResumableHash {
  readonly #hash: IHasher;

  private constructor(hash: IHasher) {
    this.#hash = hash;
  }

  /** Continues from a saved state, if there is one. @throws Error for a state that another build of the library saved */
  static async create(algorithm: DigestAlgorithm, state?: string): Promise<ResumableHash> {
    const hash = (await CREATE[algorithm]()).init();
    return new ResumableHash(state === undefined ? hash : hash.load(Buffer.from(state, 'base64')));
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
