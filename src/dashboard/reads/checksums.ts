import type { ArchivePartReads } from '../../registry/queries/dashboard/archive-parts.js';
import type { CensusTaker } from '../../registry/queries/dashboard/census.js';
import type { PartialReadReads } from '../../registry/queries/dashboard/partial-reads.js';
import type { RunReads } from '../../registry/queries/dashboard/runs.js';
import { numbersOf } from '../../registry/queries/dashboard/stored.js';
import type { ChecksumRun, ChecksumsView } from '../api/checksums.js';
import { toCause } from './cause-words.js';
import type { Counts } from './counts.js';

/** More types than a page needs to show. */
const MAX_TYPES = 200;

interface Parts {
  census: CensusTaker;
  counts: Counts;
  runs: RunReads;
  partial: PartialReadReads;
  archiveParts: ArchivePartReads;
}

/** The state of the checksums: the census, the last backfill and the last scrub. */
export class ChecksumReads {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async view(): Promise<ChecksumsView> {
    const { census, counts, runs, partial, archiveParts } = this.#parts;
    const [backfill, scrub, drift, open, parts, archives] = await Promise.all([
      runs.lastEnded('checksums backfill'),
      runs.lastEnded('checksums verify'),
      counts.driftByType.get(),
      counts.open.get(),
      partial.view(),
      archiveParts.list(),
    ]);
    return {
      census: census.current(),
      backfill: shown(backfill),
      scrub: shown(scrub),
      open_drift: drift,
      open: open.filter(({ job }) => job.startsWith('checksums ')).map(toCause),
      partial: parts,
      archive_parts: archives,
    };
  }
}

function shown(last: Awaited<ReturnType<RunReads['lastEnded']>>): ChecksumRun | null {
  if (last === null) return null;
  const byType = last.summary.by_type;
  const types = typeof byType === 'object' && byType !== null ? Object.entries(byType) : [];
  return {
    run: last.run,
    counts: numbersOf(last.summary),
    by_type: Object.fromEntries(types.slice(0, MAX_TYPES).map(([type, counts]) => [type, numbersOf(counts)])),
  };
}
