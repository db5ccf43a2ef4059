import { COMPUTED_AT_KEY } from '../../core/checksum-marker.js';
import type { Database } from '../database.js';
import { digestColumns, type RawDigest } from './artifact-row.js';
import type { OldestKey } from './artifacts-port.js';
import { markerTime, OWN_MARKER } from './checksum-predicates.js';
import { Smallest, scanBatches } from './scan-batches.js';
import type { ArtifactShape } from './table-schema.js';

/** Digests asked for at a time. */
const PAGE = 5000;

/** salvor.digests in another database than the artifacts, which cannot be joined with them: a registry that is only read. */
export class SeparateDigests {
  #moved: Promise<readonly string[]> | undefined;
  readonly #state: Database;
  readonly #artifacts: Database;
  readonly #shape: ArtifactShape;

  constructor(state: Database, artifacts: Database, shape: ArtifactShape) {
    this.#state = state;
    this.#artifacts = artifacts;
    this.#shape = shape;
  }

  /** The entries of these artifacts. */
  async of(ids: readonly string[]): Promise<ReadonlyMap<string, RawDigest>> {
    const { rows } = await this.#state.query<RawDigest & { id: string }>(
      `select d.artifact_id as id, ${digestColumns()} from salvor.digests d
       where d.table_name = $1 and d.artifact_id = any($2::text[])`,
      [this.#shape.table, ids],
    );
    return new Map(rows.map(({ id, ...digest }) => [id, digest]));
  }

  /**
   * Rows whose marker is the one that Salvor wrote for another path: their file has to be read, whatever the marker
   * says. Looked for once.
   */
  moved(): Promise<readonly string[]> {
    this.#moved ??= this.#shape.metadata.merges ? this.#findMoved() : Promise.resolve([]);
    return this.#moved;
  }

  /**
   * The `limit` artifacts after `after` that were verified longest ago, by the marker or by what salvor.digests says of
   * that very marker. `candidates` selects `id`, `type`, `path` and the marker as `"verifiedAt"` of rows that have a
   * digest. One pass over the table; memory grows with `limit` only.
   */
  async oldest(
    candidates: { sql: string; values: readonly unknown[] },
    after: OldestKey | undefined,
    limit: number,
    before: string,
  ): Promise<OldestKey[]> {
    const oldest = new Smallest<OldestKey>(limit, compareOldest);
    await scanBatches<OldestKey & { path: string }>(this.#artifacts, candidates, async (rows) => {
      const entries = await this.#verified(rows.map((row) => row.id));
      for (const { id, type, path, verifiedAt: marker } of rows) {
        const entry = marker === '' ? undefined : entries.get(id);
        const own = entry?.marker === marker ? entry : undefined;
        // The marker is about another file: the row is work for a backfill.
        if (own !== undefined && own.path !== path) continue;
        const key = { id, type, verifiedAt: own?.verifiedAt ?? marker };
        if (key.verifiedAt < before && (after === undefined || compareOldest(key, after) > 0))
          oldest.add(key);
      }
    });
    return oldest.values();
  }

  async #verified(ids: readonly string[]): Promise<ReadonlyMap<string, VerifiedEntry>> {
    const { rows } = await this.#state.query<VerifiedEntry & { id: string }>(
      `select d.artifact_id as id, d.path, ${OWN_MARKER} as marker, ${markerTime('d.verified_at')} as "verifiedAt"
       from salvor.digests d where d.table_name = $1 and d.artifact_id = any($2::text[])`,
      [this.#shape.table, ids],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  async #findMoved(): Promise<string[]> {
    const { table, id, path, metadata } = this.#shape;
    const moved: string[] = [];
    for (let after = ''; ; ) {
      const { rows } = await this.#state.query<{ id: string; path: string; at: string }>(
        `select d.artifact_id as id, d.path, ${OWN_MARKER} as at from salvor.digests d
         where d.table_name = $1 and d.artifact_id > $2 order by d.artifact_id limit ${PAGE}`,
        [this.#shape.table, after],
      );
      const found = await this.#artifacts.query<{ id: string }>(
        `select i.id from unnest($1::text[], $2::text[], $3::text[]) as i(id, path, at)
         join ${table} a on a.${id.name} = i.id::${id.type} and a.${id.name} = any($1::text[]::${id.type}[])
         where a.${path.name}::text is distinct from i.path and a.${metadata.name} ->> '${COMPUTED_AT_KEY}' = i.at`,
        [rows.map((row) => row.id), rows.map((row) => row.path), rows.map((row) => row.at)],
      );
      moved.push(...found.rows.map((row) => row.id));
      after = rows.at(-1)?.id ?? after;
      if (rows.length < PAGE) return moved;
    }
  }
}

interface VerifiedEntry {
  path: string;
  marker: string;
  verifiedAt: string | null;
}

/** By time, then by id: any order will do that every page has. */
function compareOldest(a: OldestKey, b: OldestKey): number {
  if (a.verifiedAt !== b.verifiedAt) return a.verifiedAt < b.verifiedAt ? -1 : 1;
  // A column that is no key may be NULL, whatever its rows are taken for later.
  const [first, second] = [a.id ?? '', b.id ?? ''];
  if (first === second) return 0;
  return first < second ? -1 : 1;
}
