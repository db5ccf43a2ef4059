import { quoteLiteral } from '../sql-script/literals.js';
import type { ArtifactShape } from './table-schema.js';

/** Replaces salvor.digests in a database that has none. */
const NO_DIGESTS = `(select null::text as artifact_id, null::text as table_name, null::text as path, null::text as root,
  null::bigint as size_bytes, null::timestamptz as mtime, null::text as sha256, null::timestamptz as computed_at,
  null::bigint as metadata_hash, null::timestamptz as verified_at, null::text as marker, null::text as recorded
  where false)`;

/** True of an entry of this table, or of one so old that nobody could tell which table it was about. */
export function ofTable({ table }: Pick<ArtifactShape, 'table'>, alias?: string): string {
  return `${alias === undefined ? '' : `${alias}.`}table_name in (${quoteLiteral(table)}, '')`;
}

/**
 * As `digestsOf`, for a page of artifacts: each entry is looked up by its key. The planner would otherwise read the
 * whole table of digests for every page, once a page is a small part of it. (`offset 0` keeps the lookup apart.)
 */
export function digestsOfPage(shape: ArtifactShape): string {
  if (!shape.hasState) return digestsOf(shape);
  return `lateral (select * from salvor.digests d where d.artifact_id = a.${shape.id.name}::text
    and d.table_name = ${quoteLiteral(shape.table)} offset 0) d on true`;
}

/** What follows `left join`: the digest entries `d` of the artifacts `a` of this table. */
export function digestsOf({ table, id, hasState }: ArtifactShape): string {
  const digests = hasState ? 'salvor.digests' : NO_DIGESTS;
  return `${digests} d on d.artifact_id = a.${id.name}::text and d.table_name = ${quoteLiteral(table)}`;
}
