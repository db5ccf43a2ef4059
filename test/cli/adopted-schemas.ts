/**
 * Tables of other projects, with the columns that their migrations give them (Rails Active Storage, Invenio, CKAN,
 * Dataverse, django-filer, MLflow, Girder, Archivematica, DVC), and the configuration that a reader of
 * docs/configuration.md would write for each. DIR is the root.
 */
export interface AdoptedSchema {
  name: string;
  ddl: string;
  /** `registry:` without the url. */
  registry: { [setting: string]: unknown };
  /** Files below the root, with their content. */
  files: { [path: string]: string };
  /** Counts of the backfill, or the code that `doctor` and the backfill name. */
  expected: { [count: string]: number } | string;
  /** What doctor says. */
  says?: RegExp;
  /** The table whose rows must come out of the undo as they were. */
  table: string;
}

const MD5 = { hex: '0cc175b9c0f1b6a831c399e269772661', base64: 'DMF1ucDxtqgxw5niaXcmYQ==' };

export const ADOPTED: readonly AdoptedSchema[] = [
  {
    name: 'Rails Active Storage: metadata is text, the path is computed, MD5 in base64',
    ddl: `create table active_storage_blobs (id bigserial primary key, key varchar not null unique, filename varchar not null,
        content_type varchar, metadata text, service_name varchar not null, byte_size bigint not null, checksum varchar,
        created_at timestamp(6) not null default now());
      insert into active_storage_blobs (key, filename, content_type, metadata, service_name, byte_size, checksum) values
        ('abcd1', 'a.png', 'image/png', '{"identified":true,"width":10}', 'local', 1, '${MD5.base64}'),
        ('efgh1', 'b.png', 'image/png', null, 'local', 1, '${MD5.base64}');
      create view artifacts as select id, content_type, substr(key, 1, 2) || '/' || substr(key, 3, 2) || '/' || key as path,
        metadata, checksum from active_storage_blobs`,
    registry: {
      table: 'public.artifacts',
      columns: { type: 'content_type', path: 'path' },
      digests: [{ column: 'checksum', algorithm: 'md5' }],
    },
    files: { 'ab/cd/abcd1': 'a', 'ef/gh/efgh1': 'a' },
    expected: { rows_updated: 2 },
    table: 'active_storage_blobs',
  },
  {
    name: 'Invenio files_files: uuid, absolute uri, `md5:` checksums, a JSON column that was added',
    ddl: `create table files_files (created timestamp not null default now(), updated timestamp not null default now(),
        id uuid primary key, uri text unique, storage_class varchar(1), size bigint, checksum varchar(255),
        readable bool not null, writable bool not null, last_check_at timestamp, last_check bool);
      alter table files_files add salvor json;
      insert into files_files (id, uri, storage_class, size, checksum, readable, writable) values
        ('6c6e0f3e-5a0f-4a44-9a58-0a1d5b6f0001', 'DIR/6c/6e/data', 'S', 1, 'md5:${MD5.hex}', true, false)`,
    registry: {
      table: 'public.files_files',
      columns: { type: 'storage_class', path: 'uri', metadata: 'salvor' },
      digests: [{ column: 'checksum', algorithm: 'md5' }],
    },
    files: { '6c/6e/data': 'a' },
    expected: { rows_updated: 1 },
    table: 'files_files',
  },
  {
    name: 'Invenio without a JSON column',
    ddl: `create table files_files (id uuid primary key, uri text unique, storage_class varchar(1), size bigint,
        checksum varchar(255), readable bool not null, writable bool not null);`,
    registry: { table: 'public.files_files', columns: { type: 'storage_class', path: 'uri' } },
    files: { x: 'a' },
    expected: 'registry.missing_column',
    table: 'files_files',
  },
  {
    name: 'CKAN resource: links and uploads in one column, extras as text',
    ddl: `create table resource (id text primary key, url text not null, format text, description text, position int, hash text,
        state text, extras text, name text, resource_type text, mimetype text, size bigint, url_type text, package_id text not null default '');
      insert into resource (id, url, hash, extras, resource_type, url_type) values
        ('r1', 'https://example.org/data.csv', '', '{"datastore_active": false}', 'dataset', null),
        ('r2', 'uploads/data.csv', '', null, 'dataset', 'upload')`,
    registry: {
      table: 'public.resource',
      columns: { type: 'resource_type', path: 'url', metadata: 'extras' },
    },
    files: { 'uploads/data.csv': 'a' },
    expected: { rows_updated: 1, rows_elsewhere: 1 },
    table: 'resource',
  },
  {
    name: 'Dataverse: datafile joined with dvobject',
    ddl: `create table dvobject (id bigint primary key, dtype varchar(31), storageidentifier varchar(255));
      create table datafile (id bigint primary key, contenttype varchar(255) not null, filesize bigint, md5 varchar(255) not null, meta jsonb);
      create view artifacts as select d.id, f.contenttype as artifact_type, d.storageidentifier as file_path, f.meta as metadata
        from dvobject d join datafile f using (id)`,
    registry: { table: 'public.artifacts' },
    files: { x: 'a' },
    expected: 'registry.not_updatable',
    table: 'datafile',
  },
  {
    name: 'the same with an INSTEAD OF trigger',
    ddl: `create table dvobject (id bigint primary key, dtype varchar(31), storageidentifier varchar(255));
      create table datafile (id bigint primary key, contenttype varchar(255) not null, filesize bigint, md5 varchar(255) not null, meta jsonb);
      insert into dvobject values (7, 'DataFile', 'file');
      insert into datafile values (7, 'text/csv', 1, '${MD5.hex}', '{}');
      create view artifacts as select d.id, f.contenttype as artifact_type, d.storageidentifier as file_path, f.meta as metadata, f.md5
        from dvobject d join datafile f using (id);
      create function write_through() returns trigger security definer language plpgsql as
        $$ begin update datafile set meta = new.metadata where id = new.id; return new; end $$;
      create trigger t instead of update on artifacts for each row execute function write_through()`,
    registry: { table: 'public.artifacts', digests: [{ column: 'md5', algorithm: 'md5' }] },
    files: { file: 'a' },
    expected: { rows_updated: 1 },
    table: 'datafile',
  },
  {
    name: 'django-filer: a serial id, an integer type, SHA-1 with the empty string for none',
    ddl: `create table filer_file (id serial primary key, file varchar(255), _file_size bigint, sha1 varchar(40) not null,
        polymorphic_ctype_id integer, mime_type varchar(255) not null default 'application/octet-stream');
      alter table filer_file add metadata jsonb not null default '{}';
      insert into filer_file (file, sha1, polymorphic_ctype_id) values ('filer_public/a.csv', '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8', 12),
        ('filer_public/b.csv', '', 12)`,
    registry: {
      table: 'public.filer_file',
      columns: { type: 'mime_type', path: 'file' },
      digests: [{ column: 'sha1', algorithm: 'sha1' }],
    },
    files: { 'filer_public/a.csv': 'a', 'filer_public/b.csv': 'b' },
    expected: { rows_updated: 2 },
    table: 'filer_file',
  },
  {
    name: 'MLflow runs: artifacts that are elsewhere',
    ddl: `create table runs (run_uuid varchar(32) primary key, name varchar(250), lifecycle_stage varchar(20), artifact_uri varchar(200));
      alter table runs add tags jsonb;
      insert into runs values ('${'0'.repeat(32)}', 'n', 'active', 'mlflow-artifacts:/0/${'0'.repeat(32)}/artifacts', null),
        ('${'1'.repeat(32)}', 'n', 'active', 's3://bucket/1/artifacts', null)`,
    registry: {
      table: 'public.runs',
      columns: { id: 'run_uuid', type: 'lifecycle_stage', path: 'artifact_uri', metadata: 'tags' },
    },
    files: { x: 'a' },
    expected: { rows_updated: 0, rows_elsewhere: 2 },
    says: /elsewhere/,
    table: 'runs',
  },
  {
    name: 'Girder in PostgreSQL: one JSON document, the path within it',
    ddl: `create table file (id char(24) primary key, doc jsonb not null);
      insert into file values ('5f0c0000000000000000000a', '{"path": "ab/cd/abcd", "mimeType": "text/csv", "sha512": null}');
      create view artifacts as select id, doc ->> 'mimeType' as artifact_type, doc ->> 'path' as file_path, doc as metadata from file`,
    registry: { table: 'public.artifacts' },
    files: { 'ab/cd/abcd': 'a' },
    expected: { rows_updated: 1 },
    table: 'file',
  },
  {
    name: 'Archivematica: names in mixed case',
    ddl: `create table "Files" ("fileUUID" varchar(36) primary key, "currentLocation" text, "fileGrpUse" varchar(50), "checksum" varchar(128),
        "checksumType" varchar(36));
      alter table "Files" add "Meta" json;
      insert into "Files" values ('5d1c8c4e-0000-4000-8000-000000000001', 'objects/a.csv', 'original', null, null, '{ "k" : 1.0 }')`,
    registry: {
      table: 'public."Files"',
      columns: { id: 'fileUUID', type: 'fileGrpUse', path: 'currentLocation', metadata: 'Meta' },
    },
    files: { 'objects/a.csv': 'a' },
    expected: { rows_updated: 1 },
    table: '"Files"',
  },
  {
    name: 'a table of DVC outputs, keyed by repository and path',
    ddl: `create table outs (repo text, path text, md5 varchar(36), kind text, metadata jsonb, primary key (repo, path));
      insert into outs values ('one', 'data.csv', '${MD5.hex}', 'out', '{}'), ('two', 'data.csv', '${MD5.hex}', 'out', '{}')`,
    registry: { table: 'public.outs', columns: { id: 'path', type: 'kind', path: 'path' } },
    files: { 'data.csv': 'a' },
    expected: 'registry.id_not_unique',
    table: 'outs',
  },
];
