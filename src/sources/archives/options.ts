import type { DecodeFrames } from '../../archive/ranged.js';
import type { Decode } from '../../archive/read-archive.js';
import type { Glob } from '../../core/glob.js';
import type { Trust } from '../../jobs/recovery/source-port.js';
import type { StoreReader } from '../../objectstore/port.js';

export interface ArchivesOptions {
  store: StoreReader;
  /** Names the store beyond its url: what is read from it may be remembered then. */
  identity?: string;
  trust?: Trust;
  /** How many archives of each series are searched. */
  newest: number | 'all';
  series?: Glob;
  /** Streams an archive that has no listing. */
  scanUnlisted: boolean;
  /** Whole urls of archives that were planted without a listing, for the verifier: they hold nothing of anybody's. */
  canaries?: ReadonlySet<string>;
  /** Directories in the archives that may be the artifacts' root. */
  rootPrefixes: readonly string[];
  decode: Decode;
  /** For archives that are read by range and are neither plain nor gzip. */
  decodeFrames?: DecodeFrames;
}
