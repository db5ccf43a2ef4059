import { prometheusText } from '../../health/prometheus-text.js';
import type { ArtifactDetail } from '../api.js';
import { countsText } from '../metrics.js';
import type { DashboardSource } from '../port.js';
import { notFound } from '../security/refusal.js';
import { ArtifactReads } from './artifacts.js';
import { Cached } from './cached.js';
import { CensusTaker } from './census.js';
import { ChecksumReads } from './checksums.js';
import { DriftReads } from './drift.js';
import { JournalReads } from './journal.js';
import { ListingReads } from './listings.js';
import { OverviewReads } from './overview.js';
import { ProofReads } from './proofs.js';
import { ReviewReads } from './review.js';
import { RunReads } from './runs.js';
import { seriesStates } from './series.js';
import { Tables } from './tables.js';

/** Everything that the pages can ask. */
export interface Reads {
  readonly overview: OverviewReads;
  readonly listings: ListingReads;
  readonly checksums: ChecksumReads;
  readonly drift: DriftReads;
  readonly review: ReviewReads;
  readonly runs: RunReads;
  readonly journal: JournalReads;
  readonly census: CensusTaker;
  artifact(id: string): Promise<ArtifactDetail>;
  /** In the text exposition format of Prometheus. */
  metrics(): Promise<string>;
  /** Something was changed here: counts that are kept for a moment are taken again. */
  forget(): void;
}

/** Scrapes are further apart; several Prometheus servers ask once. */
const METRICS_FRESH_MS = 5000;

export function openReads(source: DashboardSource, now: () => number): Reads {
  const tables = new Tables(source.sql, now);
  const artifacts = new ArtifactReads(source, tables);
  const census = new CensusTaker(source, tables, now);
  const drift = new DriftReads(source.sql, tables, artifacts);
  const review = new ReviewReads(source.sql, tables);
  const journal = new JournalReads(source.sql, tables);
  const runs = new RunReads(source.stateSql, journal);
  const listings = new ListingReads(source.stateSql);
  const proofs = new ProofReads(source.sql, tables);
  const overview = new OverviewReads({ source, census, drift, review, listings, runs, now });
  const checksums = new ChecksumReads({ census, drift, runs });
  const metrics = new Cached(
    async () => {
      const [states, byType, waiting, findings, watch] = await Promise.all([
        seriesStates(source.stateSql),
        drift.openByType(),
        review.waiting(),
        listings.openByCode(),
        source.watch(),
      ]);
      const red = watch && { expected: watch.expected, red: watch.red.length };
      const counted = {
        census: census.current(),
        drift: byType,
        reviewWaiting: waiting,
        findings,
        watch: red,
      };
      return prometheusText(states) + countsText(counted);
    },
    { freshMs: METRICS_FRESH_MS, usableMs: METRICS_FRESH_MS },
    now,
  );
  return {
    overview,
    listings,
    checksums,
    drift,
    review,
    runs,
    journal,
    census,
    metrics: () => metrics.get(),
    artifact: async (id) => {
      const [row, described, digest, ofDrift, entries, recovery] = await Promise.all([
        artifacts.row(id),
        artifacts.describe([id]),
        artifacts.digest(id),
        drift.ofArtifact(id),
        journal.page({ artifact: id }),
        review.statusOf(id),
      ]);
      const known = digest ?? recovery ?? ofDrift[0] ?? entries.rows[0];
      if (row === undefined && known === undefined) throw notFound('artifact with this id');
      const proof = await proofs.of(id, described.get(id)?.sha256 ?? digest?.sha256 ?? null);
      const base = row ?? { id, type: null, title: null, path: null, metadata: null };
      return { ...base, digest, proof, drift: ofDrift, journal: entries.rows, recovery };
    },
    forget: () => {
      overview.forget();
      census.forget();
      metrics.forget();
    },
  };
}
