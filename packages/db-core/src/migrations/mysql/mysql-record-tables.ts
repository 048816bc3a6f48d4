// Names are compared by code points, whatever the database has as its default; times are in UTC.
const exact = 'character set utf8mb4 collate utf8mb4_bin engine = InnoDB'

/** The tables of records as MySQL and MariaDB have them. */
export const mysqlRecordTables: readonly string[] = [
  `create table if not exists polystore_migrations (
    name varchar(255) not null primary key,
    checksum varchar(64) not null,
    state varchar(16) not null,
    applied_at datetime(3) not null,
    applied_by varchar(255) not null,
    contract varchar(255),
    done int,
    done_checksum varchar(64),
    before_catalog longtext
  ) ${exact}`,
  `create table if not exists polystore_migration_history (
    id bigint not null auto_increment primary key,
    event varchar(16) not null,
    name varchar(255) not null,
    at datetime(3) not null,
    by_whom varchar(255) not null,
    duration_ms bigint not null,
    detail text
  ) ${exact}`,
  `create table if not exists polystore_catalog (id int not null primary key, facts longtext not null) ${exact}`,
]
