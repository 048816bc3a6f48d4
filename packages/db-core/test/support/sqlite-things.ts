import { sql } from 'drizzle-orm'
import { blob, customType, foreignKey, integer, numeric, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { beforeEach } from 'vitest'
import type { ReadOptions } from '../../src/repository/repository.ts'
import { identityKey, moment, randomKey, SqlRepository, uuid, uuidKey, type SqliteDatabase } from '../../src/sql/sqlite/index.ts'
import { useSqliteFile } from './sqlite.ts'

const reversed = customType<{ data: string; driverData: string }>({
  dataType: () => 'text',
  toDriver: (value) => [...value].toReversed().join(''),
  fromDriver: (value) => [...value].toReversed().join(''),
})

export const things = sqliteTable('things', {
  ...identityKey(),
  label: text('the_label').notNull(),
  at: moment('at'),
  big: numeric('big', { mode: 'bigint' }),
  ratio: real('ratio'),
  bytes: blob('bytes', { mode: 'buffer' }),
  facts: text('facts', { mode: 'json' }).$type<unknown>(),
  secret: reversed('secret'),
  code: text('code'),
  flag: integer('flag', { mode: 'boolean' }).default(true).notNull(),
})

export const notes = sqliteTable('notes', { slug: text('slug').primaryKey(), body: text('body') })
export const tokens = sqliteTable('tokens', { ...randomKey(), owner: uuid('owner') })
export const titles = sqliteTable('titles', { ...uuidKey(), title: text('title').notNull() })
export const wide = sqliteTable('wide', {
  ...uuidKey(),
  ...Object.fromEntries(Array.from({ length: 200 }, (_, column) => [`c${column}`, text(`c${column}`)])),
})
export const links = sqliteTable(
  'links',
  { ...uuidKey(), fromNote: text('from_note'), toNote: text('to_note'), rank: integer('rank') },
  (table) => [
    foreignKey({ columns: [table.fromNote], foreignColumns: [notes.slug] }),
    foreignKey({ columns: [table.toNote], foreignColumns: [notes.slug] }),
    uniqueIndex('links_ends').on(table.fromNote, table.toNote),
    uniqueIndex('links_rank').on(sql`abs(${table.rank})`),
  ],
)

const ddl = sql.raw(`
  create table things (
    id integer primary key autoincrement, the_label text not null check (length(the_label) < 20), at integer, big numeric, ratio real, bytes blob,
    facts text, secret text, code text, flag integer not null default true
  );
  create index things_order on things (flag, id);
  create index things_label on things (the_label);
  create table notes (slug text primary key, body text) strict;
  create table tokens (id text primary key, owner text) strict;
  create table titles (id text primary key, title text not null);
  create index titles_order on titles (title, id);
  create table wide (${Array.from({ length: 200 }, (_, column) => `c${column} text`).join(', ')}, id text primary key);
  create table links (id text primary key, from_note text references notes, to_note text references notes, rank integer) strict;
  create unique index links_ends on links (from_note, to_note);
  create unique index links_rank on links (abs(rank));
`)

export class ThingRepository extends SqlRepository<typeof things> {
  constructor(database: SqliteDatabase) {
    super(database, things)
  }

  labels(options: ReadOptions = {}): Promise<{ label: string }[]> {
    return this.db(options.tx).select({ label: things.label }).from(things).orderBy(things.id)
  }
}

const cursorSecret = 'a secret of at least thirty-two characters'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

export interface OpenThings {
  readonly database: SqliteDatabase
  readonly repository: ThingRepository
  /** Every statement that was sent. */
  readonly statements: readonly string[]
}

/** Fresh tables for each test. */
export function useThings(): () => OpenThings {
  const { connect } = useSqliteFile()
  let open: OpenThings | undefined
  beforeEach(async () => {
    const statements: string[] = []
    const info = (fields: object) => void statements.push(String(Reflect.get(fields, 'sql') ?? ''))
    const database = connect({ cursorSecret, echo: true, logger: { ...silent, info } })
    for (const name of ['links', 'notes', 'things', 'titles', 'tokens', 'wide'])
      await database.execute(sql.raw(`drop table if exists ${name}`))
    await database.execute(ddl)
    open = { database, repository: new ThingRepository(database), statements }
  })
  return () => {
    if (open === undefined) throw new Error('the tables are made before each test')
    return open
  }
}
