import { bigint, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import { expectTypeOf, it } from 'vitest'
import type { Filter, SortKey } from '../src/filters/filter.ts'
import type { CreateOf, IdOf, PatchOf, RowOf, SqlRepository } from '../src/sql/index.ts'
import { auditColumns, identityKey, softDelete, tenantScope, timestamps, uuidKey, versioned } from '../src/sql/index.ts'

const users = pgTable('users', {
  ...uuidKey(),
  email: text('email').notNull(),
  phone: text('phone'),
  age: integer('age'),
  seenAt: timestamp('seen_at', { withTimezone: true }),
  ...timestamps(),
  ...softDelete(),
  ...versioned(),
})
const counters = pgTable('counters', {
  ...identityKey(),
  total: bigint('total', { mode: 'bigint' }).notNull(),
  ...tenantScope(),
  ...auditColumns(),
})
const words = pgTable('words', { word: text('word').primaryKey(), meaning: text('meaning') })

type Users = SqlRepository<typeof users>

// Every line is checked by the compiler; nothing here needs to run.
it('types come from the table', () => {
  expectTypeOf<RowOf<typeof users>>().toMatchObjectType<{
    id: string
    email: string
    phone: string | null
    createdAt: Date
    deletedAt: Date | null
    version: number
  }>()
  expectTypeOf<IdOf<typeof users>>().toEqualTypeOf<string>()
  expectTypeOf<IdOf<typeof counters>>().toEqualTypeOf<number>()
  expectTypeOf<IdOf<typeof words>>().toEqualTypeOf<string>()
  expectTypeOf<keyof CreateOf<typeof users>>().toEqualTypeOf<'id' | 'email' | 'phone' | 'age' | 'seenAt'>()
  expectTypeOf<keyof PatchOf<typeof users>>().toEqualTypeOf<'email' | 'phone' | 'age' | 'seenAt'>()
  expectTypeOf<keyof CreateOf<typeof counters>>().toEqualTypeOf<'total'>()
  expectTypeOf<keyof PatchOf<typeof words>>().toEqualTypeOf<'meaning'>()
  expectTypeOf<Users['get']>().returns.resolves.toEqualTypeOf<RowOf<typeof users>>()
  expectTypeOf<Users['find']>().returns.resolves.toEqualTypeOf<RowOf<typeof users> | undefined>()
})

type Row = RowOf<typeof users>

export const allowedFilters: Filter<Row>[] = [
  { email: { contains: 'a', ignoreCase: true }, age: { gte: 18 } },
  { seenAt: { between: [new Date(), new Date()] } },
  { or: [{ phone: { isNull: true } }, { not: { id: { in: ['a'] } } }] },
]

export const refusedFilters: Filter<Row>[] = [
  // @ts-expect-error an unknown field
  { colour: { eq: 'red' } },
  // @ts-expect-error an unknown operator
  { email: { like: 'a%' } },
  // @ts-expect-error a value of another type
  { age: { eq: '18' } },
  // @ts-expect-error text operators are for text
  { age: { contains: 1 } },
  // @ts-expect-error null has its own operator
  { phone: { eq: null } },
  // @ts-expect-error undefined is no value
  { email: { eq: undefined } },
  // @ts-expect-error a bare value is no condition
  { email: 'a' },
  // @ts-expect-error a range has two ends
  { age: { between: [1] } },
  // @ts-expect-error case belongs to text
  { seenAt: { eq: new Date(), ignoreCase: true } },
]

export const refusedOrders: SortKey<Row>[] = [
  // @ts-expect-error an unknown field
  { field: 'colour', direction: 'asc' },
  // @ts-expect-error an unknown direction
  { field: 'email', direction: 'up' },
]

export async function refusedCalls(
  repository: Users,
  numbered: SqlRepository<typeof counters>,
  keyed: SqlRepository<typeof words>,
): Promise<void> {
  await numbered.find(1)
  // @ts-expect-error an id of another type
  await repository.find(1)
  // @ts-expect-error a number is the key
  await numbered.find('1')
  // @ts-expect-error a required field is missing
  await repository.create({ phone: '1' })
  // @ts-expect-error version belongs to db-core
  await repository.create({ email: 'a', version: 1 })
  // @ts-expect-error the tenant is stamped
  await numbered.create({ total: 1n, tenantId: 'a' })
  // @ts-expect-error an identity is counted by the database
  await numbered.create({ total: 1n, id: 5 })
  // @ts-expect-error the key never changes
  await repository.update('id', { id: 'other' })
  // @ts-expect-error the key never changes, whatever its name
  await keyed.update('word', { word: 'other' })
  // @ts-expect-error updatedAt belongs to db-core
  await repository.update('id', { updatedAt: new Date() })
  // @ts-expect-error null where a value must be
  await repository.update('id', { email: null })
  // @ts-expect-error an unknown key
  await repository.upsert({ email: 'a' }, ['colour'])
  // @ts-expect-error an unknown scope
  await repository.find('id', { scope: 'none' })
}
