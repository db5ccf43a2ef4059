import { SHA256_KEY } from '../../../core/checksum-marker.js';
import type { ArtifactDetail } from '../../../dashboard/api/artifact.js';
import type { DashboardSource } from '../../../dashboard/port.js';
import { canBeId } from '../../artifacts/possible-id.js';
import { cut, time } from './stored.js';
import type { Tables } from './tables.js';

const TITLE_CHARS = 300;
const METADATA_CHARS = 64 * 1024;

/** What a list shows of an artifact in addition to its id. */
export interface Described {
  title: string | null;
  /** The recorded digest from the metadata. */
  sha256: string | null;
}

type Row = Pick<ArtifactDetail, 'id' | 'type' | 'title' | 'path' | 'metadata'>;

interface DigestRow {
  sha256: string;
  path: string;
  size_bytes: number | string;
  mtime: Date;
  computed_at: Date;
}

/** Reads single rows of the user's artifact table. */
export class ArtifactReads {
  readonly #source: DashboardSource;
  readonly #tables: Tables;

  constructor(source: DashboardSource, tables: Tables) {
    this.#source = source;
    this.#tables = tables;
  }

  /** Titles and digests of those artifacts that exist. */
  async describe(ids: readonly string[]): Promise<ReadonlyMap<string, Described>> {
    const { artifacts } = this.#source;
    if (!('shape' in artifacts)) return new Map();
    const { shape } = artifacts;
    const wanted = [...new Set(ids)].filter((id) => canBeId(id, shape));
    if (wanted.length === 0) return new Map();
    const { rows } = await this.#source.sql.query<Described & { id: string }>(
      `select a.${shape.id.name}::text as id, ${this.#title()} as title,
         substring(a.${shape.metadata.name}::text
           from '"${SHA256_KEY}"[[:space:]]*:[[:space:]]*"([0-9a-fA-F]{64})"') as sha256
       from ${shape.table} a where a.${shape.id.name} = any($1::${shape.id.type}[])`,
      [wanted],
    );
    return new Map(
      rows.map(({ id, title, sha256 }) => [
        id,
        { title: title === null ? null : cut(title, TITLE_CHARS), sha256 },
      ]),
    );
  }

  async row(id: string): Promise<Row | undefined> {
    const { artifacts } = this.#source;
    if (!('shape' in artifacts) || !canBeId(id, artifacts.shape)) return undefined;
    const { shape } = artifacts;
    const { rows } = await this.#source.sql.query<Row>(
      `select a.${shape.id.name}::text as id, a.${shape.type.name}::text as type, a.${shape.path.name}::text as path,
         ${this.#title()} as title, left(a.${shape.metadata.name}::text, ${METADATA_CHARS + 1}) as metadata
       from ${shape.table} a where a.${shape.id.name} = $1::${shape.id.type}`,
      [id],
    );
    const [row] = rows;
    return row && { ...row, metadata: row.metadata === null ? null : cut(row.metadata, METADATA_CHARS) };
  }

  async digest(id: string): Promise<ArtifactDetail['digest']> {
    const { artifacts } = this.#source;
    if (!('shape' in artifacts) || !(await this.#tables.has('digests'))) return null;
    const { rows } = await this.#source.ledgerSql.query<DigestRow>(
      'select sha256, path, size_bytes, mtime, computed_at from salvor.digests where artifact_id = $1 and table_name = $2',
      [id, artifacts.shape.table],
    );
    const [row] = rows;
    if (row === undefined) return null;
    return {
      ...row,
      size_bytes: Number(row.size_bytes),
      mtime: time(row.mtime),
      computed_at: time(row.computed_at),
    };
  }

  #title(): string {
    const { artifacts } = this.#source;
    return 'shape' in artifacts && artifacts.titleColumn !== undefined
      ? `a.${artifacts.titleColumn}::text`
      : 'null::text';
  }
}
