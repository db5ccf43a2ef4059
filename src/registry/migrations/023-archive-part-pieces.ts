import type { Migration } from './migration.js';

/** What reading an archive in parts has found so far, in pieces that are added as the reading goes on. */
export const archivePartPieces: Migration = {
  version: 23,
  name: 'listings of archives read in parts',
  sql: `
alter table salvor.archive_parts add column pieces integer not null default 0;
alter table salvor.archive_parts add column pieces_sha256 text not null default '';
create table salvor.archive_part_pieces (
  job text not null,
  table_name text not null,
  subject text not null,
  piece_number integer not null,
  primary key (job, table_name, subject, piece_number),
  foreign key (job, table_name, subject) references salvor.archive_parts on delete cascade,
  content bytea not null
);
`,
  grants: { 'salvor.archive_part_pieces': ['select', 'insert', 'delete'] },
};
