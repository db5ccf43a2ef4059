import type { Needles } from '../../archive/listing/needles.js';
import type { Hit, Query } from '../../jobs/recovery/source-port.js';
import type { SearchTally } from './search-tally.js';

/** One search through all archives of a store: the query, and where hits and counts go. */
export interface ArchiveSearch {
  query: Query;
  /** The wanted names, compiled for searching listings; undefined if no names are wanted. */
  needles: Needles | undefined;
  tally: SearchTally;
  onHit: (hit: Hit) => void;
  signal: AbortSignal | undefined;
}
