import { createMongoDatabase, createPostgresDatabase } from '@polystore/testing'
import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  integer,
  jsonb,
  numeric,
  pgEnum,
  pgTable,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { RepositoryError } from '../src/errors/repository-error.ts'
import { MemoryDatabase, memoryRepository } from '../src/memory/index.ts'
import { connectMongo, defineCollection, MongoRepository, stringKey } from '../src/mongo/index.ts'
import { connectPostgres, SqlRepository } from '../src/sql/index.ts'

const mood = pgEnum('mood', ['good', 'bad'])
const parents = pgTable('parents', { id: integer('id').primaryKey() })
const things = pgTable(
  'things',
  {
    id: integer('id').primaryKey(),
    word: varchar('word', { length: 4 }),
    small: smallint('small').notNull().default(7),
    price: numeric('price'),
    mood: mood('mood').default('good'),
    ref: uuid('ref'),
    flag: boolean('flag').notNull(),
    at: timestamp('at', { withTimezone: true, precision: 3 }),
    data: jsonb('data'),
    parentId: integer('parent_id').references(() => parents.id),
    note: text('note'),
  },
  (table) => [
    uniqueIndex('things_note').on(sql`lower(${table.note})`),
    check('things_small_check', sql`${table.small} < 100`),
    check('things_a_word_check', sql`${table.word} <> 'bad'`),
  ],
)
const ddl = `
  create type mood as enum ('good', 'bad');
  create table parents (id integer primary key);
  create table things (
    id integer primary key, word varchar(4) constraint things_a_word_check check (word <> 'bad'),
    small smallint not null default 7 constraint things_small_check check (small < 100),
    price numeric, mood mood default 'good', ref uuid, flag boolean not null, at timestamptz(3), data jsonb,
    parent_id integer constraint things_parent_id_parents_id_fk references parents (id), note text
  );
  create unique index things_note on things (lower(note));
`

const documents = defineCollection({
  name: 'documents',
  schema: z.object({
    ...stringKey(),
    word: z.string().min(2).max(4).nullable(),
    count: z.int().min(0).max(9).optional(),
    share: z.number().gt(0).lt(1).default(0.5),
    mood: z.enum(['good', 'bad']),
    code: z
      .string()
      .regex(/^[a-z]+-\d$/)
      .optional(),
    at: z.date().nullable(),
    tags: z.array(z.string().min(1)).max(2).default([]),
    place: z.object({ city: z.string(), zip: z.string().optional() }).optional(),
    either: z.union([z.string(), z.number()]).optional(),
    labels: z.record(z.string(), z.int()).optional(),
    pair: z.tuple([z.string(), z.number()]).optional(),
    step: z.number().multipleOf(0.5).optional(),
    active: z.boolean().optional(),
    places: z
      .array(z.strictObject({ city: z.string() }))
      .min(1)
      .optional(),
    serial: z.string().optional(),
    zone: z.string().optional(),
  }),
  indexes: [
    { key: { serial: 1 }, unique: true, collation: { locale: 'en', strength: 2 } },
    { key: { zone: 1 }, unique: true, partialFilterExpression: { mood: 'good', active: { $exists: true } } },

    { key: { word: 1 }, unique: true },
    { key: { code: 1, mood: 1 }, unique: true },
  ],
})

/** What a call did, in words that do not depend on the store: its row, or the class and the fields of its refusal. */
interface Outcome {
  readonly answer?: unknown
  readonly code?: string
  readonly entity?: string | undefined
  readonly fields: readonly string[]
}

async function outcomeOf(call: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { answer: await call(), fields: [] }
  } catch (error) {
    if (!(error instanceof RepositoryError)) throw error
    return { code: error.code, entity: error.entity, fields: error.fields.toSorted() }
  }
}

interface Unchecked {
  create(input: unknown): Promise<unknown>
  update(id: unknown, patch: unknown): Promise<unknown>
  upsert(input: unknown, onConflict: unknown): Promise<unknown>
  delete(id: unknown): Promise<unknown>
  find(id: unknown): Promise<unknown>
  list(query: unknown): Promise<unknown>
}

const anything = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    true,
    '',
    'a',
    'good',
    'bad',
    'words',
    'a-1',
    0,
    -1,
    3,
    0.5,
    40_000,
    3_000_000_000,
    new Date(5),
    [],
    ['a'],
  ),
  fc.constantFrom<unknown>(['a', ''], ['a', 'b', 'c'], { city: 'x' }, { city: 'x', zip: 1 }, { city: 'x', more: 1 }, {}),
)

/** Mostly right values, so that rows are stored and meet. */
function usually(right: readonly unknown[], odd: readonly unknown[] | fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const oddly = odd instanceof fc.Arbitrary ? odd : fc.constantFrom<unknown>(undefined, null, ...odd)
  return fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: oddly })
}

type Step = readonly [method: 'create' | 'update' | 'upsert' | 'delete', input: Readonly<Record<string, unknown>>]

function steps(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Step[]> {
  const input = fc.record(fields, { requiredKeys: ['id'] })
  return fc.array(
    fc.tuple(fc.constantFrom('create' as const, 'create' as const, 'update' as const, 'upsert' as const, 'delete' as const), input),
    {
      minLength: 3,
      maxLength: 8,
    },
  )
}

function take(repository: Unchecked, [method, input]: Step): Promise<Outcome> {
  const { id, ...rest } = input
  if (method === 'create') return outcomeOf(() => repository.create(input))
  if (method === 'update') return outcomeOf(() => repository.update(id, rest))
  if (method === 'upsert') return outcomeOf(() => repository.upsert(input, ['id']))
  return outcomeOf(() => repository.delete(id))
}

async function isMissing(repository: Unchecked, id: unknown): Promise<boolean> {
  const { answer, code } = await outcomeOf(() => repository.find(id))
  return answer === undefined && code === undefined
}

/** Of several values that cannot be read a server names one or none; then the class is compared alone. */
async function expectSame(taken: readonly Step[], double: Unchecked, real: Unchecked): Promise<void> {
  for (const step of taken) {
    // Where no row is changed, it is a matter of the server which values it looks at.
    if (step[0] === 'update' && (await isMissing(real, step[1]['id']))) continue
    const expected = await take(real, step)
    const isUnnamed = expected.code === 'invalid-value'
    expect(await take(double, step), JSON.stringify(step)).toEqual(
      isUnnamed ? expect.objectContaining({ code: 'invalid-value' }) : expected,
    )
  }
  expect(await double.list({})).toEqual(await real.list({}))
}

describe('the memory store answers what the store answers that it stands in for', () => {
  let postgres: Awaited<ReturnType<typeof createPostgresDatabase>>
  let mongo: Awaited<ReturnType<typeof createMongoDatabase>>
  beforeAll(async () => {
    ;[postgres, mongo] = await Promise.all([createPostgresDatabase(), createMongoDatabase()])
  })
  afterAll(() => Promise.all([postgres.drop(), mongo.drop()]))

  it('for a table of PostgreSQL, whatever is written', async () => {
    const database = connectPostgres(postgres.url)
    await database.execute(sql.raw(ddl))
    const real: Unchecked = new SqlRepository(database, things)
    await new SqlRepository(database, parents).createMany([{ id: 1 }, { id: 2 }])
    const fields = {
      id: fc.constantFrom(1, 2, 3),
      word: usually(['a', 'good', null], ['', 'bad', 'words', 'ééééé', '😀😀😀😀']),
      small: usually([1, 99, 100], [0, -1, 0.5, 40_000, 3_000_000_000]),
      price: usually(['1.5', null], ['', ' ', 'x', '12.50', '-3']),
      mood: usually(['good', 'bad'], ['ugly', '']),
      ref: usually(['0190A000-0000-7000-8000-000000000000', null], ['', 'x']),
      flag: usually([true, false], []),
      at: usually([new Date(1_700_000_000_123), null], [new Date(-5)]),
      data: usually([{ a: [1, { b: null }] }, 'text', null], [0, true, [], '', { at: new Date(5), gone: undefined }]),
      parentId: usually([1, 2, null], [9, 0.5, 3_000_000_000]),
      note: usually(['one', 'ONE', 'two', null], ['']),
    }
    await fc.assert(
      fc.asyncProperty(steps(fields), async (taken) => {
        await database.execute(sql.raw('truncate things'))
        const memory = new MemoryDatabase()
        await memoryRepository(memory, parents).createMany([{ id: 1 }, { id: 2 }])
        const double: Unchecked = memoryRepository(memory, things, {
          checks: {
            things_small_check: { fields: ['small'], holds: ({ small }) => Number(small) < 100 },
            things_a_word_check: { fields: ['word'], holds: ({ word }) => word !== 'bad' },
          },
        })
        await expectSame(taken, double, real)
      }),
      { numRuns: 60 },
    )
    await database.close()
  })

  it('for a collection of MongoDB, whatever is written', async () => {
    const database = connectMongo(mongo.url)
    await database.prepare([documents])
    const real: Unchecked = new MongoRepository(database, documents)
    const fields = {
      id: usually(['a', 'b', 'c'], anything),
      word: usually(['ab', 'abcd', null], anything),
      count: usually([0, 9], anything),
      share: usually([0.1, 0.9], anything),
      mood: usually(['good', 'bad'], anything),
      code: usually(['a-1', 'b-2'], anything),
      at: usually([new Date(1_700_000_000_123), null], anything),
      tags: usually([[], ['x'], ['x', 'y']], anything),
      place: usually([{ city: 'x' }, { city: 'x', zip: 'y' }], anything),
      either: usually(['a', 1], anything),
      labels: usually([{}, { x: 1 }], fc.constantFrom<unknown>({ x: 'y' }, { x: 0.5 }, { x: null }, [])),
      pair: usually([['a', 1]], fc.constantFrom<unknown>(['a'], ['a', 'b'], [1, 1], ['a', 1, 1], {})),
      step: usually([0.5, 3], fc.constantFrom<unknown>(0.25, '1')),
      active: usually([true, false, undefined, undefined], anything),
      places: usually([[{ city: 'x' }]], fc.constantFrom<unknown>([], [{ city: 'x', more: 1 }], [{}], ['x'], 'x')),
      serial: usually(['one', 'ONE', 'two', undefined], anything),
      zone: usually(['z', undefined], anything),
    }
    await fc.assert(
      fc.asyncProperty(steps(fields), async (taken) => {
        await database.driver.collection('documents').deleteMany({})
        const double: Unchecked = memoryRepository(new MemoryDatabase(), documents)
        await expectSame(taken, double, real)
      }),
      { numRuns: 60 },
    )
    await database.close()
  })
})
