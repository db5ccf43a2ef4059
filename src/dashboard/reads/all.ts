import { prometheusText } from '../../health/prometheus-text.js';
import { ArchivePartReads } from '../../registry/queries/dashboard/archive-parts.js';
import { ArtifactReads } from '../../registry/queries/dashboard/artifacts.js';
import { CensusTaker } from '../../registry/queries/dashboard/census.js';
import { DriftReads } from '../../registry/queries/dashboard/drift.js';
import { FindingReads } from '../../registry/queries/dashboard/findings.js';
import { JournalReads } from '../../registry/queries/dashboard/journal.js';
import { ListingReads } from '../../registry/queries/dashboard/listings.js';
import { ownEntries } from '../../registry/queries/dashboard/own-entries.js';
import { PartialReadReads } from '../../registry/queries/dashboard/partial-reads.js';
import { ProofReads } from '../../registry/queries/dashboard/proofs.js';
import { ReviewReads } from '../../registry/queries/dashboard/review.js';
import { RunReads } from '../../registry/queries/dashboard/runs.js';
import { Tables } from '../../registry/queries/dashboard/tables.js';
import type { ArtifactDetail } from '../api/artifact.js';
import type { OpenCause } from '../api/overview.js';
import { countsText } from '../metrics.js';
import type { DashboardSource } from '../port.js';
import { notFound } from '../security/refusal.js';
import { toCause } from './cause-words.js';
import { ChecksumReads } from './checksums.js';
import { Counts, type Part } from './counts.js';
import { OverviewReads } from './overview.js';

/** Maximum number of causes on one page. Errors come first. */
const MAX_CAUSES = 1000;

/** All queries behind the pages. */
export interface Reads {
  readonly overview: OverviewReads;
  readonly listings: ListingReads;
  readonly findings: FindingReads;
  readonly checksums: ChecksumReads;
  readonly drift: DriftReads;
  readonly review: ReviewReads;
  readonly runs: RunReads;
  readonly journal: JournalReads;
  readonly census: CensusTaker;
  /** All open findings by cause, errors first. */
  causes(): Promise<OpenCause[]>;
  artifact(id: string): Promise<ArtifactDetail>;
  /** Metrics in the Prometheus text exposition format. */
  metrics(): Promise<string>;
  /** Drops the census and the cached counts of these parts after a change. */
  forget(...parts: Part[]): void;
}

export function openReads(source: DashboardSource, now: () => number): Reads {
  const tables = new Tables(source.ledgerSql, now);
  const own = ownEntries(source);
  const artifacts = new ArtifactReads(source, tables);
  const census = new CensusTaker(source, tables, now);
  const drift = new DriftReads(source.ledgerSql, tables, artifacts, own);
  const journal = new JournalReads(source.ledgerSql, tables, own);
  const review = new ReviewReads({
    sql: source.stateSql,
    tables: new Tables(source.stateSql, now),
    journal,
    own,
  });
  const runs = new RunReads(source, journal);
  const listings = new ListingReads(source.stateSql);
  const findings = new FindingReads(source.stateSql);
  const proofs = new ProofReads(source.ledgerSql, tables, own);
  const counts = new Counts({ source, drift, review, runs, now });
  const overview = new OverviewReads({ census, counts });
  const checksums = new ChecksumReads({
    census,
    counts,
    runs,
    partial: new PartialReadReads(source.ledgerSql, tables),
    archiveParts: new ArchivePartReads(source.stateSql, source.ledgerSql),
  });
  return {
    overview,
    listings,
    findings,
    checksums,
    drift,
    review,
    runs,
    journal,
    census,
    causes: async () => (await counts.open.get()).slice(0, MAX_CAUSES).map(toCause),
    metrics: () => metricsText(census, counts),
    artifact: async (id) => {
      const [row, described, digest, ofDrift, entries, recovery, open] = await Promise.all([
        artifacts.row(id),
        artifacts.describe([id]),
        artifacts.digest(id),
        drift.ofArtifact(id),
        journal.page({ artifact: id }),
        review.statusOf(id),
        findings.ofArtifact(id),
      ]);
      const known = digest ?? recovery ?? ofDrift[0] ?? entries.rows[0] ?? open[0];
      if (row === undefined && known === undefined) throw notFound('artifact with this id');
      const proof = await proofs.of(id, described.get(id)?.sha256 ?? digest?.sha256 ?? null);
      const base = row ?? { id, type: null, title: null, path: null, metadata: null };
      return { ...base, digest, proof, drift: ofDrift, journal: entries.rows, recovery, findings: open };
    },
    forget: (...parts) => {
      counts.forget(parts);
      census.forget();
      void overview.warm();
    },
  };
}

async function metricsText(census: CensusTaker, counts: Counts): Promise<string> {
  const [states, drift, review, open, watch] = await Promise.all([
    counts.series.get(),
    counts.driftByType.get(),
    counts.review.get(),
    counts.open.get(),
    counts.watch.get(),
  ]);
  const red = watch && { expected: watch.expected, red: watch.red.length };
  const counted = { census: census.current(), drift, reviewWaiting: review.waiting, open, watch: red };
  return prometheusText(states) + countsText(counted);
}
