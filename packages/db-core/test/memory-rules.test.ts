import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { MemoryDatabase, memoryRepository } from '../src/memory/index.ts'
import { defineCollection, MongoRepository, softDelete, stringKey } from '../src/mongo/index.ts'
import { useMongo } from './support/mongo.ts'
import { verdictOf, type Unchecked } from './support/verdict.ts'

const shapes = defineCollection({
  name: 'shapes',
  schema: z.object({
    ...stringKey(),
    both: z.intersection(z.object({ a: z.string() }), z.object({ b: z.int() })).optional(),
    one: z
      .discriminatedUnion('kind', [
        z.object({ kind: z.literal('circle'), r: z.number() }),
        z.object({ kind: z.literal('box'), w: z.number() }),
      ])
      .optional(),
    none: z.object({ never: z.never().optional() }).optional(),
    fixed: z.literal(['a', 'b']).optional(),
  }),
})

interface Branch {
  readonly name: string
  readonly branches: readonly Branch[]
}
const branch: z.ZodType<Branch> = z.object({
  name: z.string(),
  get branches() {
    return z.array(branch)
  },
})

/** Rules that zod takes along for the database, and those that it cannot say. */
const ruled = defineCollection({
  name: 'ruled',
  schema: z.object({
    ...stringKey(),
    apart: z.array(z.string()).meta({ uniqueItems: true }).optional(),
    few: z.record(z.string(), z.int()).meta({ minProperties: 1, maxProperties: 2 }).optional(),
    both: z
      .string()
      .meta({ allOf: [{ minLength: 2 }, { maxLength: 3 }] })
      .optional(),
    tree: branch.optional(),
    smile: z
      .string()
      .regex(/\u263a/)
      .optional(),
    bytes: z.any().meta({ bsonType: 'binData' }).optional(),
  }),
})

describe('the memory store beside MongoDB', () => {
  const fixture = useMongo([shapes, ruled])

  it.each([
    { apart: ['a', 'b'] },
    { apart: ['a', 'a'] },
    { few: { a: 1 } },
    { few: {} },
    { few: { a: 1, b: 2, c: 3 } },
    { both: 'ab' },
    { both: 'a' },
    { both: 'abcd' },
    { tree: { name: 'a', branches: [{ name: 'b', branches: [] }] } },
    { smile: 'none' },
    { bytes: new Uint8Array([1]) },
    { bytes: 'text' },
  ])('holds the rules that a schema takes along: %j', async (fields) => {
    const stores: Unchecked[] = [new MongoRepository(fixture.database, ruled), memoryRepository(new MemoryDatabase(), ruled)]
    const [real, memory] = await Promise.all(stores.map((store) => verdictOf(store.create({ id: crypto.randomUUID(), ...fields }))))
    expect(memory).toEqual(real)
  })

  it.each([
    { both: { a: 'x', b: 1 } },
    { both: { a: 'x' } },
    { both: { a: 1, b: 1 } },
    { one: { kind: 'circle', r: 1 } },
    { one: { kind: 'box', w: 2 } },
    { one: { kind: 'box', r: 2 } },
    { one: { kind: 'line' } },
    { none: {} },
    { none: { never: 1 } },
    { fixed: 'a' },
    { fixed: 'c' },
  ])('takes and refuses the same values: %j', async (fields) => {
    const stores: Unchecked[] = [new MongoRepository(fixture.database, shapes), memoryRepository(new MemoryDatabase(), shapes)]
    const [real, memory] = await Promise.all(stores.map((store) => verdictOf(store.create({ id: crypto.randomUUID(), ...fields }))))
    expect(memory).toEqual(real)
  })

  it('keeps a unique key of some rows, and asks for a key that is not made', async () => {
    const schema = z.object({ ...stringKey(), code: z.string().optional(), rank: z.int(), ...softDelete() })
    const indexes = [{ key: { code: 1 }, unique: true, partialFilterExpression: { code: { $gte: 'm' } } }] as const
    const definition = defineCollection({ name: 'partly', schema, indexes })
    await fixture.database.prepare([definition])
    const stores: Unchecked[] = [new MongoRepository(fixture.database, definition), memoryRepository(new MemoryDatabase(), definition)]
    const verdicts: unknown[] = []
    for (const store of stores) {
      const codes = [undefined, undefined, 'a', 'a', 'z', 'z']
      const rows = codes.map((code, rank) => ({ id: `id-${rank}`, rank, ...(code !== undefined && { code }) }))
      const told: unknown[] = []
      for (const row of [...rows, { rank: 9 }, { id: null, rank: 9 }]) told.push(await verdictOf(store.create(row)))
      verdicts.push(told)
    }
    expect(verdicts[1]).toEqual(verdicts[0])
    expect(verdicts[0]).toEqual([...Array<string>(5).fill('stored'), ['conflict', 'code'], ['not-null', 'id'], expect.anything()])
  })

  it('understands only conditions that leave deleted rows out, and asks for the others', () => {
    const schema = z.object({ ...stringKey(), code: z.string(), rank: z.int(), ...softDelete() })
    const partly = defineCollection({
      name: 'partly',
      schema,
      indexes: [{ key: { code: 1 }, unique: true, partialFilterExpression: { rank: { $nin: [1] } } }],
    })
    expect(() => memoryRepository(new MemoryDatabase(), partly)).toThrow(expect.objectContaining({ code: 'unsupported' }))
  })
})
