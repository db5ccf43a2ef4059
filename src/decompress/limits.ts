import { Failure } from '../core/failure.js';

/** What a decoder may be asked to remember: zstd's own limit, and twice what `xz -9` needs. */
export const DEFAULT_MAX_MEMORY_BYTES = 128 * 1024 * 1024;

/** The host cannot decode, whatever the archive is like: exit 3. */
export function decoderFailed(message: string, hint: string): Failure {
  return new Failure('decoder.failed', message, { hint });
}

/** The archive asks for more memory than is allowed: exit 3. */
export function decoderMemory(what: string, maxMemoryBytes: number): Failure {
  const limit = `${Math.floor(maxMemoryBytes / 1024 / 1024)} MiB`;
  return new Failure('decoder.memory', `${what}; the limit is ${limit}`, {
    hint: 'allow more with --max-memory SIZE if this host has the memory and the archive is yours',
  });
}
