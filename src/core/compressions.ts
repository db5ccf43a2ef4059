/** How a tar may be compressed. */
export type CompressionName = 'none' | 'gzip' | 'zstd' | 'xz' | 'bzip2';

/** Compressions that need a decoder: the archive reader reads the others itself. */
export type DecodedCompression = Exclude<CompressionName, 'none' | 'gzip'>;

interface CompressionFacts {
  /** Suffixes of such archives; the first is the usual one. */
  suffixes: readonly [string, ...string[]];
  /**
   * The program that decodes it, with an argument that makes it print something and exit; doctor looks for it.
   * Undefined if none is needed.
   */
  program: readonly [name: string, argument: string] | undefined;
}

/**
 * One entry per compression. Names of archives and the programs that doctor looks for come from here; the decoders are
 * in `decompress/decode.ts`, the first bytes in `archive/compression.ts`. A compression without an entry, or without a
 * decoder, does not compile.
 */
export const COMPRESSIONS: Readonly<Record<CompressionName, CompressionFacts>> = {
  gzip: { suffixes: ['.tar.gz', '.tgz'], program: undefined },
  none: { suffixes: ['.tar'], program: undefined },
  zstd: { suffixes: ['.tar.zst', '.tzst'], program: ['zstd', '--version'] },
  xz: { suffixes: ['.tar.xz', '.txz'], program: ['xz', '--version'] },
  bzip2: { suffixes: ['.tar.bz2', '.tbz2'], program: ['bzip2', '--help'] },
};

/** What a compressed file that is no tar ends in: `gz`, `zst`. */
export const FILE_SUFFIXES: readonly string[] = Object.values(COMPRESSIONS).flatMap(
  ({ suffixes: [usual] }) => (usual === '.tar' ? [] : [usual.slice('.tar.'.length)]),
);
