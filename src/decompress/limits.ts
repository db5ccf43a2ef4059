import { Failure } from '../core/failure.js';

/** The default memory limit for decoding: zstd's own limit, and twice what `xz -9` needs. */
export const DEFAULT_MAX_MEMORY_BYTES = 128 * 1024 * 1024;

/** The host cannot decode, regardless of the archive: exit 3. */
export function decoderFailed(message: string, hint: string): Failure {
  return new Failure('decoder.failed', message, { hint });
}

/** The archive needs more memory than allowed: exit 3. */
export function decoderMemory(what: string, maxMemoryBytes: number): Failure {
  const limit = `${Math.floor(maxMemoryBytes / 1024 / 1024)} MiB`;
  return new Failure('decoder.memory', `${what}; the limit is ${limit}`, {
    hint: 'if you trust the archive and this host has enough memory, increase --max-memory',
  });
}
