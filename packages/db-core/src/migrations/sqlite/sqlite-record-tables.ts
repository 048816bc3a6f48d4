/** The tables of records as SQLite has them; times are milliseconds since 1970. */
export const sqliteRecordTables: readonly string[] = [
  `create table if not exists polystore_migrations (
    name text not null primary key,
    checksum text not null,
    state text not null,
    applied_at integer not null,
    applied_by text not null,
    contract text,
    done integer,
    done_checksum text,
    before_catalog text
  ) strict`,
  `create table if not exists polystore_migration_history (
    id integer primary key autoincrement,
    event text not null,
    name text not null,
    at integer not null,
    by_whom text not null,
    duration_ms integer not null,
    detail text
  ) strict`,
  'create table if not exists polystore_catalog (id integer primary key, facts text not null) strict',
]
