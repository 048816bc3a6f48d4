import { describe, expect, it } from 'vitest'
import type { Outcome, SeparateOptions } from '../repository/repository.ts'
import type { Specimen } from './entities.ts'
import { inTenant, specimen, type Suite } from './harness.ts'

const apart: SeparateOptions = { atomic: false }

interface Unchecked {
  createMany(inputs: readonly unknown[], options: SeparateOptions): Promise<Outcome<Specimen>[]>
}

/** Good and bad rows, mixed; `taken` is the code of a row that is there already. */
const mixed: readonly unknown[] = [
  { code: 'good', amount: 1, active: true, name: 'first' },
  { code: 'taken', amount: 1, active: true },
  { code: 'broken rule', amount: -1, active: true },
  { amount: 1, active: true },
  { code: 'also good', amount: 2, active: false },
  { code: 'unstorable', amount: 1, active: true, name: 'a\0b' },
  { code: 'good', amount: 3, active: true },
  { code: 'unknown field', amount: 1, active: true, colour: 'red' },
  { code: 'last', amount: 4, active: true },
]

const mixedOutcomes = [
  { row: { code: 'good', amount: 1, name: 'first', version: 1 } },
  { error: { code: 'conflict', entity: 'specimens', fields: ['code'] } },
  { error: { code: 'check', entity: 'specimens', fields: ['amount'] } },
  { error: { code: 'not-null', entity: 'specimens', fields: ['code'] } },
  { row: { code: 'also good', amount: 2 } },
  { error: { code: 'invalid-value', entity: 'specimens', fields: ['name'] } },
  { error: { code: 'conflict', entity: 'specimens', fields: ['code'] } },
  { error: { code: 'invalid-value', entity: 'specimens' } },
  { row: { code: 'last', amount: 4 } },
]

/** D4: createMany with rows that stand for themselves. */
export function describeSeparateRows(suite: Suite): void {
  const { open, capabilities } = suite
  describe('createMany with atomic: false', () => {
    const codes = async () => (await open().specimens.list({ limit: 1000 })).map(({ code }) => code).toSorted()

    it('stores every row that can be stored, in input order beside the errors of the others', async () => {
      await open().specimens.create(specimen({ code: 'taken' }))
      const unchecked: Unchecked = open().specimens
      const outcomes = await unchecked.createMany(mixed, apart)
      expect(outcomes).toMatchObject(mixedOutcomes)
      for (const { row, error } of outcomes) expect([row, error].filter((side) => side !== undefined)).toHaveLength(1)
      expect(await codes()).toEqual(['also good', 'good', 'last', 'taken'])
      for (const { row } of outcomes) if (row) expect(await open().specimens.get(row.id)).toEqual(row)
    })

    it('keeps the order of thousands of rows, of which some are refused', async () => {
      const inputs = Array.from({ length: 2400 }, (_, index) => specimen({ amount: index % 600 === 7 ? -1 : index }))
      const outcomes = await open().specimens.createMany(inputs, apart)
      expect(outcomes.map(({ row }) => row?.code)).toEqual(inputs.map(({ code, amount }) => (amount < 0 ? undefined : code)))
      expect(outcomes.flatMap(({ error }) => error?.code ?? [])).toEqual(['check', 'check', 'check', 'check'])
      expect(await open().specimens.count()).toBe(2396)
    })

    it('answers nothing for nothing', async () => {
      expect(await open().specimens.createMany([], apart)).toEqual([])
    })

    it('stamps the tenant, and stores nothing without one', async () => {
      const input = { text: 'x' }
      const [first, second] = await inTenant('a', () => open().entries.createMany([input, input], apart))
      expect(first).toMatchObject({ row: { tenantId: 'a', text: 'x' } })
      expect(second).toMatchObject({ error: { code: 'conflict' } })
      await expect(open().entries.createMany([input], apart)).rejects.toMatchObject({ code: 'invalid-value' })
      expect(await inTenant('a', () => open().entries.count())).toBe(1)
    })

    it('gives every row a slug of its own', async () => {
      const outcomes = await open().articles.createMany([{ title: 'Same' }, { title: 'Same' }, { title: 'Other', slug: 'same' }], apart)
      expect(outcomes[0]).toMatchObject({ row: { title: 'Same' } })
      expect(outcomes[1]).toMatchObject({ row: { title: 'Same' } })
      expect(await open().articles.count({ slug: { startsWith: 'same' } })).toBe(outcomes.filter(({ row }) => row).length)
    })

    if (capabilities.separateRowsInTransaction) describeInTransaction(suite)
    else describeNotInTransaction(suite)
  })
}

function describeInTransaction({ open }: Suite): void {
  it('keeps the good rows of a transaction that goes on, and loses them with it', async () => {
    const codes = async () => (await open().specimens.list()).map(({ code }) => code).toSorted()
    await open().specimens.create(specimen({ code: 'taken' }))
    const unchecked: Unchecked = open().specimens
    const undone = new Error('taken back')
    const attempt = open().transaction(async (tx) => {
      expect(await unchecked.createMany(mixed, { ...apart, tx })).toMatchObject(mixedOutcomes)
      expect(await open().specimens.count({}, { tx })).toBe(4)
      throw undone
    })
    await expect(attempt).rejects.toBe(undone)
    expect(await codes()).toEqual(['taken'])
    await open().transaction(async (tx) => void (await unchecked.createMany(mixed, { ...apart, tx })))
    expect(await codes()).toEqual(['also good', 'good', 'last', 'taken'])
  })
}

function describeNotInTransaction({ open }: Suite): void {
  it('is Unsupported inside a transaction, before any row is touched', async () => {
    await open().transaction(async (tx) => {
      await expect(open().specimens.createMany([specimen()], { ...apart, tx })).rejects.toMatchObject({ code: 'unsupported' })
      expect(await open().specimens.count({}, { tx })).toBe(0)
    })
    expect(await open().specimens.count()).toBe(0)
  })
}
