/** See SqlRecords for what they hold. */
export const postgresRecordTables: readonly string[] = [
  `create table if not exists polystore_migrations (
    name text primary key,
    checksum text not null,
    state text not null,
    applied_at timestamptz not null,
    applied_by text not null,
    contract text,
    done integer,
    done_checksum text,
    before_catalog text
  )`,
  `create table if not exists polystore_migration_history (
    id bigint generated always as identity primary key,
    event text not null,
    name text not null,
    at timestamptz not null,
    by_whom text not null,
    duration_ms bigint not null,
    detail text
  )`,
  'create table if not exists polystore_catalog (id integer primary key, facts text not null)',
]
