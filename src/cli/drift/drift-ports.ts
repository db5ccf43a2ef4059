import { toMicroseconds } from '../../core/file-time.js';
import { openFiles } from '../../files/thread-pool.js';
import { FileReads } from '../../jobs/checksums/pipeline/file-reads.js';
import { DatabaseClock } from '../../queue/database-clock.js';
import type { DriftDecisionPorts } from '../../registry/drift/drift-decisions.js';
import type { ContentNow, DriftEntry } from '../../registry/drift/drift-port.js';
import { PostgresJournal } from '../../registry/journal/journal.js';
import type { Config } from '../config/schema.js';
import type { OpenedArtifacts } from '../wiring/artifacts.js';

/**
 * The ports for decisions about drift, for both the command line and the dashboard. The roots are checked before anything
 * is decided.
 * @throws Failure `root.unavailable`
 */
export async function withDriftPorts<T>(
  opened: OpenedArtifacts,
  config: Config,
  work: (ports: DriftDecisionPorts) => Promise<T>,
): Promise<T> {
  const files = await openFiles({
    roots: config.roots ?? [],
    threads: 1,
    bytesPerSecond: config.checksums?.rate,
  });
  try {
    const reads = new FileReads(files);
    const clock = await DatabaseClock.set(opened.database);
    return await work({
      drift: opened.drift,
      journal: new PostgresJournal(opened.ledger),
      artifacts: opened.reader,
      writer: await opened.writer(),
      contentNow: async (entry) => contentOf(entry, await readEntry(entry)),
    });

    async function readEntry(entry: DriftEntry) {
      const request = { type: entry.artifactType, path: entry.path };
      const [location] = await files.locate([request]);
      return reads.read(request, location ?? { kind: 'no_file', reason: 'it was not found' });
    }

    function contentOf(entry: DriftEntry, read: Awaited<ReturnType<typeof readEntry>>): ContentNow {
      if (read.kind === 'hashed') {
        const { sizeBytes, mtimeNs } = read.file.identity;
        const root = files.roots[read.file.root]?.path ?? entry.root;
        const readAt = clock.now();
        return {
          kind: 'content',
          sha256: read.sha256,
          sizeBytes,
          mtimeUs: toMicroseconds(mtimeNs),
          root,
          readAt,
        };
      }
      if (read.kind === 'pointer')
        return { kind: 'absent', isGone: true, reason: 'only a pointer to the content exists' };
      if (read.kind === 'ambiguous')
        return { kind: 'absent', isGone: false, reason: 'two roots have different files at this path' };
      const reason = read.kind === 'stopped' ? 'the read was stopped' : read.reason;
      return { kind: 'absent', isGone: read.kind === 'no_file', reason };
    }
  } finally {
    await files.close();
  }
}
