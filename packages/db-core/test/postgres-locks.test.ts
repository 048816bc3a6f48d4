import { createPostgresDatabase, type TestDatabase } from '@polystore/testing'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describePostgresLock } from '../src/migrations/postgres/postgres-locks.ts'

const schema = `
  create table users (id bigint primary key, email text, phone text, constraint phone_known check (phone is not null) not valid);
  create table notes (id bigint, user_id bigint, text text);
  create table lines (id bigint primary key, user_id bigint references users);
  alter table notes add constraint notes_user foreign key (user_id) references users not valid;
  create unique index notes_id on notes (id);
  create table parts (id bigint) partition by range (id);
  create table part_one partition of parts for values from (0) to (10);
  create table part_two (id bigint);
  create view people as select id from users;
  create materialized view totals as select user_id, count(*) as n from lines group by user_id;
  create unique index totals_user on totals (user_id);
  create policy everybody on notes using (true);
  create function nothing() returns trigger language plpgsql as 'begin return new; end';
  create trigger watch before insert on notes for each row execute function nothing();
  create type mood as enum ('sad');`

const accessExclusive = (...tables: string[]): string => `ACCESS EXCLUSIVE on ${tables.join(' and ')}: blocks reads and writes`
const shareRowExclusive = (...tables: string[]): string => `SHARE ROW EXCLUSIVE on ${tables.join(' and ')}: blocks writes`
const share = (table: string): string => `SHARE on ${table}: blocks writes`
const shareUpdateExclusive = (table: string): string => `SHARE UPDATE EXCLUSIVE on ${table}: blocks only other changes of structure`
const rowExclusive = (table: string): string => `ROW EXCLUSIVE on ${table}: blocks only writers of the same rows`

const foreignKeys = 'the tables that its foreign keys name'

const cases: readonly (readonly [statement: string, lock: string | undefined])[] = [
  ['create table a (id int)', undefined],
  ['create table a (id bigint references users, n bigint, foreign key (n) references users (id))', shareRowExclusive('users')],
  ['create table part_new partition of parts for values from (10) to (20)', accessExclusive('parts')],
  ['drop table part_two', accessExclusive('part_two', foreignKeys)],
  ['alter table "users" rename to accounts', accessExclusive('users')],
  ['alter table public.users add column a int, add column b int not null default 1', accessExclusive('users')],
  ['alter table notes add column owner bigint references users', `${accessExclusive('notes')}; ${shareRowExclusive('users')}`],
  ['alter table users drop column email', accessExclusive('users')],
  ['alter table users rename email to mail', accessExclusive('users')],
  ['alter table notes alter column text type varchar(10)', accessExclusive('notes')],
  ['alter table users alter email set not null', accessExclusive('users')],
  ['alter table users alter email drop not null', accessExclusive('users')],
  ["alter table users alter email set default 'x'", accessExclusive('users')],
  ['alter table users alter email set statistics 100', shareUpdateExclusive('users')],
  ['alter table users alter column email set (n_distinct = 5)', shareUpdateExclusive('users')],
  ['alter table users set (fillfactor = 90)', shareUpdateExclusive('users')],
  ['alter table notes set unlogged', accessExclusive('notes')],
  ['alter table notes cluster on notes_id', shareUpdateExclusive('notes')],
  ['alter table notes disable trigger watch', shareRowExclusive('notes')],
  ['alter table notes enable row level security', accessExclusive('notes')],
  ['alter table notes replica identity full', accessExclusive('notes')],
  ['alter table notes owner to current_user', accessExclusive('notes')],
  ['alter table notes add constraint n foreign key (user_id) references users (id)', shareRowExclusive('notes', 'users')],
  ['alter table notes add constraint n foreign key (user_id) references users not valid', shareRowExclusive('notes', 'users')],
  ['alter table notes add check (id > 0) not valid', accessExclusive('notes')],
  ['alter table notes add unique (user_id)', accessExclusive('notes')],
  ['alter table notes add constraint notes_id_unique unique using index notes_id', accessExclusive('notes')],
  ['alter table notes validate constraint notes_user', shareUpdateExclusive('notes')],
  ['alter table users validate constraint phone_known', shareUpdateExclusive('users')],
  ['alter table notes rename constraint notes_user to n', accessExclusive('notes')],
  ['alter table notes drop constraint notes_user', accessExclusive('notes', foreignKeys)],
  ['alter table users validate constraint phone_known, add column c int', accessExclusive('users')],
  [
    'alter table parts attach partition part_two for values from (10) to (20)',
    `${accessExclusive('part_two')}; ${shareUpdateExclusive('parts')}`,
  ],
  ['alter table parts detach partition part_one', accessExclusive('parts', 'part_one')],
  ['create index notes_text on notes (text)', share('notes')],
  ['drop index notes_id', accessExclusive('the table of index notes_id')],
  ['reindex table notes', share('notes')],
  ['reindex index notes_id', share('the table of index notes_id')],
  ['truncate lines', accessExclusive('lines')],
  ["insert into notes values (1, null, 'drop table users')", rowExclusive('notes')],
  ["update notes set text = '' where id = 1", rowExclusive('notes')],
  ['delete from notes where id = 1', rowExclusive('notes')],
  ['merge into notes using users on user_id = users.id when matched then delete', rowExclusive('notes')],
  ['with gone as (delete from notes returning id) update part_two set id = 1', rowExclusive('notes and part_two')],
  ['create trigger other after update on notes for each row execute function nothing()', shareRowExclusive('notes')],
  ['drop trigger watch on notes', accessExclusive('notes')],
  ['create policy more on notes using (id > 1)', accessExclusive('notes')],
  ['alter policy everybody on notes using (false)', accessExclusive('notes')],
  ['drop policy if exists everybody on notes', accessExclusive('notes')],
  ['create rule quiet as on insert to notes do instead nothing', accessExclusive('notes')],
  ['create statistics s (ndistinct) on id, text from notes', shareUpdateExclusive('notes')],
  ["comment on table notes is 'x'", shareUpdateExclusive('notes')],
  ['analyze notes', shareUpdateExclusive('notes')],
  ['cluster notes using notes_id', accessExclusive('notes')],
  ['refresh materialized view totals', accessExclusive('totals')],
  ['refresh materialized view concurrently totals', 'EXCLUSIVE on totals: blocks writes'],
  ['drop materialized view totals', accessExclusive('totals')],
  ['drop view people', accessExclusive('people')],
  ['create view others as select 1 as one', undefined],
  ['lock table notes, lines in share row exclusive mode', shareRowExclusive('notes', 'lines')],
  ['lock users', accessExclusive('users')],
  ["alter type mood add value 'glad'", undefined],
  ['select 1', undefined],
]

let database: TestDatabase
let sql: postgres.Sql

beforeAll(async () => {
  database = await createPostgresDatabase()
  sql = postgres(database.url, { max: 2, onnotice: () => {} })
  await sql.unsafe(schema)
})

afterAll(async () => {
  await sql.end()
  await database.drop()
})

it.each(cases)('%s', async (statement, expected) => {
  expect(describePostgresLock(statement)).toBe(expected)
  expect(await locksTakenBy(statement)).toEqual(await locksIn(expected))
})

const concurrent: readonly (readonly [statement: string, lock: string])[] = [
  ['create index concurrently notes_text on notes (text)', shareUpdateExclusive('notes')],
  ['drop index concurrently notes_id', shareUpdateExclusive('the table of index notes_id')],
  ['reindex (concurrently) table notes', shareUpdateExclusive('notes')],
]

it.each(concurrent)('%s, while it waits for an older transaction', async (statement, expected) => {
  expect(describePostgresLock(statement)).toBe(expected)
  const expectedLocks = await locksIn(expected)
  const own = postgres(database.url, { max: 1, onnotice: () => {} })
  try {
    const [session] = await own<{ pid: number }[]>`select pg_backend_pid() as pid`
    let running: Promise<unknown> = Promise.resolve()
    const found = await sql.begin(async (tx) => {
      await tx`insert into notes (text) values ('open')`
      running = own.unsafe(statement).simple().execute()
      while (!(await isWaiting(session?.pid ?? 0)));
      return locksOf(session?.pid ?? 0)
    })
    await running
    expect(found).toEqual(expectedLocks)
  } finally {
    await own.end()
  }
})

async function isWaiting(pid: number): Promise<boolean> {
  const rows = await sql`select from pg_stat_activity where pid = ${pid} and wait_event_type = 'Lock'`
  return rows.length > 0
}

type Locks = Readonly<Record<string, string>>

async function locksTakenBy(statement: string): Promise<Locks> {
  let taken: Locks = {}
  const undone = sql.begin(async (tx) => {
    const [session] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`
    await tx.unsafe(statement)
    // Asked on another connection, which still sees what the statement drops.
    taken = await locksOf(session?.pid ?? 0)
    throw new Error('take everything back')
  })
  await expect(undone).rejects.toThrow('take everything back')
  return taken
}

const ranks = ['ROW EXCLUSIVE', 'SHARE UPDATE EXCLUSIVE', 'SHARE', 'SHARE ROW EXCLUSIVE', 'EXCLUSIVE', 'ACCESS EXCLUSIVE']

/** The strongest lock on each table and view; what readers take too is left out. */
async function locksOf(pid: number): Promise<Locks> {
  const rows = await sql<{ name: string; mode: string }[]>`
    select c.relname as name, l.mode from pg_locks l join pg_class c on c.oid = l.relation
    where l.pid = ${pid} and l.granted and c.relkind in ('r', 'p', 'v', 'm') and c.relnamespace = 'public'::regnamespace`
  const strongest: Record<string, string> = {}
  for (const { name, mode } of rows) {
    const level = mode
      .replace(/Lock$/, '')
      .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
      .toUpperCase()
    if (ranks.indexOf(level) > ranks.indexOf(strongest[name] ?? '')) strongest[name] = level
  }
  return strongest
}

/** What a description says, table by table. */
async function locksIn(description: string | undefined): Promise<Locks> {
  const locks: Record<string, string> = {}
  for (const part of description?.split('; ') ?? []) {
    const [, level = '', tables = ''] = /^([A-Z ]+) on (.*): /.exec(part) ?? []
    const names = tables.split(' and ')
    for (const name of names) for (const table of await tablesCalled(name, names)) locks[table] = level
  }
  return locks
}

async function tablesCalled(words: string, beside: readonly string[]): Promise<string[]> {
  const index = /^the table of index (\S+)$/.exec(words)?.[1]
  const rows =
    index !== undefined
      ? await sql`select indrelid::regclass::text as name from pg_index where indexrelid = ${index}::regclass`
      : words === foreignKeys
        ? await sql`select distinct confrelid::regclass::text as name from pg_constraint where contype = 'f' and conrelid = ${beside[0] ?? ''}::regclass`
        : [{ name: words }]
  return rows.map(({ name }) => String(name))
}
