/** A pointer file is smaller than this: the specification's own limit. */
export const POINTER_LIMIT_BYTES = 1024;

const FIRST_LINES = [
  'version https://git-lfs.github.com/spec/v1\n',
  // What the format was called before 1.0; git-lfs still reads it.
  'version https://hawser.github.com/spec/v1\n',
];

/**
 * The SHA-256 that a Git LFS pointer stands for, null when its oid can't be read, undefined when this is no pointer.
 * Format: the Git LFS specification, "The Pointer".
 */
export function lfsPointerOid(content: Uint8Array): string | null | undefined {
  if (content.length >= POINTER_LIMIT_BYTES || content[0] !== 0x76) return undefined;
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('utf8');
  if (!FIRST_LINES.some((line) => text.startsWith(line))) return undefined;
  return /^oid sha256:([0-9a-f]{64})$/m.exec(text)?.[1] ?? null;
}
