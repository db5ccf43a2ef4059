import { createHash, type Hash } from 'node:crypto';
import type { DigestAlgorithm } from '../../../core/recorded-digest.js';
import type { Candidate } from '../evidence/candidate.js';
import type { PlanPorts } from '../options.js';
import type { ContentSink, Extraction } from '../source-port.js';
import { failedRead, type Judged, type ReadAhead, SETTLED } from './read-ahead.js';
import type { MissingRow } from './row.js';
import type { Found } from './search.js';

/**
 * The candidates whose content must be compared with an MD5 or SHA-1 that another program recorded: the one that would
 * be bound, otherwise all that a person would choose from. A recorded SHA-256 is compared anyway and makes this
 * unnecessary.
 */
export function toBeCompared(judged: readonly Judged[]): Candidate[] {
  const all = judged.flatMap(({ row, candidates, decision }) => {
    if (!hasOthers(row) || decision.rule === '2-approved' || SETTLED.has(decision.rule)) return [];
    if (decision.status === 'bound') return decision.chosen ?? [];
    return candidates.filter((one) => !decision.rejected.has(one.cid));
  });
  const byCid = new Map(all.map((one) => [one.cid, one]));
  return [...byCid.values()].filter((one) => one.hit.cold === undefined);
}

function hasOthers({ onRecord, trustedDigests }: MissingRow): boolean {
  return trustedDigests.length === 0 && (onRecord?.digests.length ?? 0) > 0;
}

/** Computes the digests of these candidates, from the cache if it has their content, otherwise from their source. */
export async function computeDigests(
  judged: readonly Judged[],
  found: Pick<Found, 'read' | 'failed' | 'digests'>,
  ports: PlanPorts,
): Promise<ReadAhead> {
  const algorithms = new Set(
    judged.flatMap(({ row }) =>
      hasOthers(row) ? (row.onRecord?.digests ?? []).map((one) => one.algorithm) : [],
    ),
  );
  const wanted = toBeCompared(judged).filter(({ cid }) => !found.digests.has(cid) && !found.failed.has(cid));
  const rest: Candidate[] = [];
  for (const one of wanted) {
    ports.signal.throwIfAborted();
    const sha256 = found.read.get(one.cid)?.sha256 ?? one.sha256;
    const digests = sha256 === undefined ? undefined : await ofCached(sha256, algorithms, ports);
    if (digests === undefined) rest.push(one);
    else found.digests.set(one.cid, digests);
  }
  const total: { bytesFetched: number; archivesRead: string[] } = { bytesFetched: 0, archivesRead: [] };
  for (const source of ports.sources) {
    const own = new Map(
      rest.filter(({ hit }) => hit.source === source.name).map((one) => [one.cid, one.hit]),
    );
    if (own.size === 0) continue;
    const sinks = new Map<string, HashingSink>();
    const open = ({ id }: { id: string }): HashingSink => {
      const sink = new HashingSink(algorithms);
      sinks.set(id, sink);
      return sink;
    };
    const take = (outcome: Extraction): void => {
      const digests = sinks.get(outcome.id)?.digests;
      if (outcome.ok && digests !== undefined) found.digests.set(outcome.id, digests);
      else if (!outcome.ok) found.failed.set(outcome.id, failedRead(outcome));
    };
    const all = [...own].map(([id, hit]) => ({ id, hit }));
    const summary = await source.extract(all, open, take, ports.signal);
    total.bytesFetched += summary.bytesFetched;
    total.archivesRead.push(...summary.archivesRead);
  }
  return total;
}

/** Undefined if the cache does not have exactly this content. */
async function ofCached(
  sha256: string,
  algorithms: ReadonlySet<DigestAlgorithm>,
  { cache }: PlanPorts,
): Promise<ReadonlyMap<DigestAlgorithm, string> | undefined> {
  if (!(await cache.has(sha256))) return undefined;
  const sink = new HashingSink(algorithms);
  for await (const chunk of cache.read(sha256)) sink.write(chunk);
  return (await sink.end()).sha256 === sha256 ? sink.digests : undefined;
}

/** Hashes a content without keeping it. */
class HashingSink implements ContentSink {
  /** The digests, after the end of the content. */
  digests: ReadonlyMap<DigestAlgorithm, string> | undefined;
  #sizeBytes = 0;
  readonly #sha256 = createHash('sha256');
  readonly #others: ReadonlyMap<DigestAlgorithm, Hash>;

  constructor(algorithms: ReadonlySet<DigestAlgorithm>) {
    this.#others = new Map([...algorithms].map((algorithm) => [algorithm, createHash(algorithm)]));
  }

  write(chunk: Uint8Array): void {
    this.#sizeBytes += chunk.length;
    this.#sha256.update(chunk);
    for (const hash of this.#others.values()) hash.update(chunk);
  }

  end(): Promise<{ sha256: string; sizeBytes: number }> {
    this.digests = new Map([...this.#others].map(([algorithm, hash]) => [algorithm, hash.digest('hex')]));
    return Promise.resolve({ sha256: this.#sha256.digest('hex'), sizeBytes: this.#sizeBytes });
  }

  abort(): Promise<void> {
    return Promise.resolve();
  }
}
