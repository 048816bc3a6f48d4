import { createPostgresDatabase } from '@polystore/testing'
import { isNull, sql } from 'drizzle-orm'
import { bigint, boolean, foreignKey, integer, numeric, pgTable, text, timestamp, unique, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { describe, expect, it } from 'vitest'
import { RepositoryError } from '../src/errors/repository-error.ts'
import { MemoryDatabase, memoryRepository } from '../src/memory/index.ts'
import { connectPostgres, SqlRepository, uuidKey } from '../src/sql/index.ts'
import { failureOf } from './support/mongo.ts'
import { verdictOf, type Unchecked } from './support/verdict.ts'

const teams = pgTable(
  'teams',
  { id: integer('id').primaryKey(), name: text('name').unique(), left: text('left_side'), right: text('right_side') },
  (table) => [unique().on(table.left, table.right)],
)
const players = pgTable(
  'players',
  {
    ...uuidKey(),
    token: uuid('token').defaultRandom(),
    teamId: integer('team_id').references(() => teams.id, { onDelete: 'set null' }),
    captainOf: integer('captain_of').references(() => teams.id, { onDelete: 'cascade' }),
    nick: text('nick'),
    price: numeric('price'),
    big: bigint('big', { mode: 'bigint' }),
    active: boolean('active'),
    seenAt: timestamp('seen_at', { withTimezone: true, precision: 3 }),
    deletedAt: timestamp('deleted_at', { withTimezone: true, precision: 3 }),
  },
  (table) => [
    uniqueIndex('players_nick')
      .on(sql`lower(${table.nick})`)
      .where(sql`${table.deletedAt} is null`),
  ],
)

const halls = pgTable('halls', { city: text('city'), name: text('name'), ...uuidKey() }, (table) => [
  unique('halls_place').on(table.city, table.name),
])
const games = pgTable(
  'games',
  { ...uuidKey(), city: text('city'), hall: text('hall'), deletedAt: timestamp('deleted_at', { withTimezone: true, precision: 3 }) },
  (table) => [
    foreignKey({ name: 'games_place', columns: [table.city, table.hall], foreignColumns: [halls.city, halls.name] }).onDelete('restrict'),
    uniqueIndex('games_city')
      .on(table.city)
      .where(sql`${isNull(table.deletedAt)}`),
  ],
)

const ddl = `
  create table halls (id uuid primary key, city text, name text, constraint halls_place unique (city, name));
  create table games (
    id uuid primary key, city text, hall text, deleted_at timestamptz(3),
    constraint games_place foreign key (city, hall) references halls (city, name) on delete restrict
  );
  create unique index games_city on games (city) where deleted_at is null;
  create table teams (
    id integer primary key, name text unique, left_side text, right_side text,
    constraint teams_left_side_right_side_unique unique (left_side, right_side)
  );
  create table players (
    id uuid primary key, token uuid default gen_random_uuid(), team_id integer references teams (id) on delete set null,
    captain_of integer references teams (id) on delete cascade, nick text, price numeric, big bigint,
    active boolean, seen_at timestamptz(3), deleted_at timestamptz(3)
  );
  create unique index players_nick on players (lower(nick)) where deleted_at is null;
`

describe('the memory store beside PostgreSQL', () => {
  async function stores() {
    const test = await createPostgresDatabase()
    const database = connectPostgres(test.url)
    await database.execute(sql.raw(ddl))
    const memory = new MemoryDatabase()
    return {
      real: {
        teams: new SqlRepository(database, teams),
        players: new SqlRepository(database, players),
        halls: new SqlRepository(database, halls),
        games: new SqlRepository(database, games),
      },
      memory: {
        teams: memoryRepository(memory, teams),
        players: memoryRepository(memory, players),
        halls: memoryRepository(memory, halls),
        games: memoryRepository(memory, games),
      },
      async [Symbol.asyncDispose]() {
        await database.close()
        await test.drop()
      },
    }
  }

  it('keeps unnamed and folded keys, references that act, deleted rows without an actor, and values of every type', async () => {
    await using opened = await stores()
    const lives: unknown[] = []
    for (const { teams: team, players: player } of [opened.real, opened.memory]) {
      await team.createMany([
        { id: 1, name: 'a' },
        { id: 2, name: 'b' },
      ])
      const values = { price: '1.5', big: 2n ** 40n, active: true, seenAt: new Date(5) }
      const first = await player.create({ teamId: 1, nick: 'Ann', ...values })
      const second = await player.create({ captainOf: 2, nick: 'Bob' })
      const refusals = [
        await verdictOf(team.create({ id: 4, left: 'l', right: 'r' })),
        await verdictOf(player.create({ nick: 'ANN' })),
        await verdictOf(team.create({ id: 3, name: 'a' })),
        await verdictOf(player.create({ teamId: 9 })),
      ]
      await player.delete(first.id)
      const heir = await player.create({ nick: 'ann' })
      refusals.push(await verdictOf(player.restore(first.id)))
      await player.purge(heir.id)
      const restored = await player.restore(first.id)
      await team.purge(1)
      await team.purge(2)
      const { id: _id, token, ...left } = await player.get(first.id)
      lives.push({ refusals, restored: restored.deletedAt, token: typeof token, left, second: await player.find(second.id) })
    }
    expect(lives[1]).toEqual(lives[0])
    expect(lives[0]).toMatchObject({ token: 'string', left: { teamId: null, price: '1.5', big: 2n ** 40n }, second: undefined })
  })

  it.each([{ active: 'yes' }, { big: 'x' }, { seenAt: 'x' }, { price: 'x' }, { token: 'x' }, { teamId: 1.5 }, { nick: 5 }])(
    'refuses %j by its field, even where PostgreSQL reads it as another type or names no field',
    async (fields) => {
      await using opened = await stores()
      const both: Unchecked[] = [opened.real.players, opened.memory.players]
      const [real, memory] = await Promise.all(both.map((store) => verdictOf(store.create(fields))))
      expect(memory).toEqual(['invalid-value', ...Object.keys(fields)])
      expect(['stored', 'invalid-value']).toContain([real].flat()[0])
    },
  )

  it('keeps references of several fields, which refuse or are left alone when a part is missing', async () => {
    await using opened = await stores()
    const told: unknown[] = []
    for (const { halls: hall, games: game } of [opened.real, opened.memory]) {
      const { id } = await hall.create({ city: 'Rome', name: 'Big' })
      told.push([
        await verdictOf(game.create({ city: 'Rome', hall: 'Big' })),
        await verdictOf(game.create({ city: 'Oslo', hall: 'Big' })),
        await verdictOf(game.create({ city: 'Oslo' })),
        await verdictOf(game.create({ city: 'Rome' })),
        await verdictOf(hall.purge(id)).then((verdict) => [verdict].flat()[0]),
        await verdictOf(hall.update(id, { name: 'Small' })).then((verdict) => [verdict].flat()[0]),
      ])
    }
    expect(told[1]).toEqual(told[0])
    expect(told[0]).toEqual(['stored', ['foreign-key', 'city', 'hall'], 'stored', ['conflict', 'city'], 'foreign-key', 'foreign-key'])
  })

  it('refuses a reference that would set a default, for it has none to set', () => {
    const teamId = integer('team_id').default(1)
    const parts = pgTable('parts', { ...uuidKey(), teamId: teamId.references(() => teams.id, { onDelete: 'set default' }) })
    expect(() => memoryRepository(new MemoryDatabase(), parts)).toThrow(expect.objectContaining({ code: 'unsupported' }))
  })

  it('adds to numbers that are kept as text', async () => {
    const player = memoryRepository(new MemoryDatabase(), players)
    const { id } = await player.create({ price: '1.5' })
    expect(await player.increment(id, { price: 2 })).toMatchObject({ price: '3.5' })
    expect(await failureOf(player.increment(id, { nick: 1 }))).toBeInstanceOf(RepositoryError)
  })
})
