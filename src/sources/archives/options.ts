import type { DecodeFrames } from '../../archive/ranged.js';
import type { Decode } from '../../archive/read-archive.js';
import type { Glob } from '../../core/glob.js';
import type { Trust } from '../../jobs/recovery/source-port.js';
import type { StoreReader } from '../../objectstore/port.js';

export interface ArchivesOptions {
  store: StoreReader;
  /** Identifies the store beyond its url. If set, what is read from it may be remembered. */
  identity?: string;
  trust?: Trust;
  /** Number of archives to search in each series. */
  newest: number | 'all';
  series?: Glob;
  /** Read archives that have no listing. */
  scanUnlisted: boolean;
  /** Full urls of canaries: archives without a listing that test the verifier and contain no artifacts. */
  canaries?: ReadonlySet<string>;
  /** Directories in the archives that may be the artifacts' root. */
  rootPrefixes: readonly string[];
  decode: Decode;
  /** Decodes archives that are read by range and are neither plain nor gzip. */
  decodeFrames?: DecodeFrames;
}
