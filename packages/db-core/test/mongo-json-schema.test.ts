import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { CheckError, NotNullError } from '../src/errors/repository-error.ts'
import { defineCollection, MongoRepository, stringKey } from '../src/mongo/index.ts'
import { failureOf, useMongo } from './support/mongo.ts'

const samples = defineCollection({
  name: 'samples',
  schema: z.object({
    ...stringKey(),
    whole: z.int().min(0),
    fraction: z.number().positive().optional(),
    big: z.bigint().optional(),
    at: z.date().nullable(),
    mail: z.email().optional(),
    state: z.enum(['open', 'closed']).default('open'),
    lines: z.array(z.object({ sku: z.string().min(1), quantity: z.int().min(1) })).default([]),
    labels: z.record(z.string(), z.string()).optional(),
    either: z.union([z.string(), z.int()]).optional(),
    kind: z
      .discriminatedUnion('type', [z.object({ type: z.literal('a') }), z.object({ type: z.literal('b'), since: z.date() })])
      .optional(),
    anything: z.unknown().optional(),
  }),
})

const valid = { whole: 1, at: null }

describe('the validator of a collection', () => {
  const fixture = useMongo([samples])
  const repository = () => new MongoRepository(fixture.database, samples)
  /** Past the repository, as another program would write. */
  const write = (document: Record<string, unknown>) =>
    fixture.database.run(
      (call) => fixture.database.driver.collection<{ _id: string }>('samples').insertOne({ _id: crypto.randomUUID(), ...document }, call),
      {
        entity: 'samples',
      },
    )
  const full = { whole: 1, at: null, state: 'open', lines: [] }

  it('lets through every value that the zod schema allows', async () => {
    const row = {
      ...valid,
      id: 'full',
      fraction: 0.5,
      big: 2n ** 53n - 1n,
      at: new Date(),
      mail: 'a@example.org',
      lines: [{ sku: 'a', quantity: 2 }],
      labels: { a: 'b' },
      either: 7,
      kind: { type: 'b', since: new Date() } as const,
      anything: [1, 'x', { y: null }],
    }
    const created = await repository().create(row)
    expect(created).toEqual({ ...row, state: 'open' })
    expect(await repository().get('full')).toEqual(created)
  })

  it('takes whole numbers beyond 32 bits', async () => {
    const created = await repository().create({ ...valid, id: 'wide', whole: 9_007_199_254_740_991 })
    expect(await repository().get('wide')).toEqual(created)
  })

  const refused: [string, Record<string, unknown>, readonly string[]][] = [
    ['a fraction in a whole number', { whole: 1.5 }, ['whole']],
    ['a number below the minimum', { whole: -1 }, ['whole']],
    ['text for a number', { whole: 'canary-4711' }, ['whole']],
    ['text for a date', { at: 'canary-4711' }, ['at']],
    ['a value outside the enumeration', { state: 'canary-4711' }, ['state']],
    ['an address that is none', { mail: 'canary-4711' }, ['mail']],
    ['an unknown field', { surprise: 'canary-4711' }, ['surprise']],
    ['an unknown field further down', { lines: [{ sku: 'a', quantity: 1, surprise: 'canary-4711' }] }, ['lines']],
    ['an item that is too small', { lines: [{ sku: 'a', quantity: 0 }] }, ['lines']],
    ['a union without a fitting branch', { kind: { type: 'canary-4711' } }, ['kind']],
  ]
  it.each(refused)('refuses %s and names the field, never the value', async (_case, change, fields) => {
    const error = await failureOf(write({ ...full, ...change }))
    expect(error).toBeInstanceOf(CheckError)
    expect(error).toMatchObject({ code: 'check', entity: 'samples', fields })
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('canary-4711')
  })

  it('calls a missing field and a forbidden null NotNull, as PostgreSQL does', async () => {
    const { whole: _whole, ...without } = full
    const missing = await failureOf(write(without))
    expect(missing).toBeInstanceOf(NotNullError)
    expect(missing).toMatchObject({ fields: ['whole'] })
    const empty = await failureOf(write({ ...full, whole: null }))
    expect(empty).toBeInstanceOf(NotNullError)
    expect(empty).toMatchObject({ fields: ['whole'] })
  })

  it('holds for updates as for inserts', async () => {
    await repository().create({ ...valid, id: 'guarded' })
    const error = await failureOf(repository().increment('guarded', { whole: -5 }))
    expect(error).toBeInstanceOf(CheckError)
    expect(error).toMatchObject({ fields: ['whole'] })
    expect((await repository().get('guarded')).whole).toBe(1)
  })
})
