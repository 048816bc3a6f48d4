import { describe, expect, it } from 'vitest'
import type { WriteOptions } from '../repository/repository.ts'
import type { NewSpecimen, Specimen, SpecimenRepository } from './entities.ts'
import { inTenant, specimen, type Suite } from './harness.ts'

/** D4: many upserts as one. */
export function describeUpsertMany({ open }: Suite): void {
  describe('upsertMany', () => {
    const upsert = (inputs: readonly NewSpecimen[], options?: WriteOptions) => open().specimens.upsertMany(inputs, ['code'], options)

    async function three(): Promise<Specimen[]> {
      return open().specimens.createMany(['a', 'b', 'c'].map((code) => specimen({ code, name: `old ${code}`, amount: 1 })))
    }

    it('inserts and updates, in input order, and tells which', async () => {
      const [a, , c] = await three()
      const answers = await upsert([
        specimen({ code: 'new', amount: 5 }),
        specimen({ code: 'c', amount: 6 }),
        specimen({ code: 'a', amount: 7, name: 'x' }),
      ])
      expect(answers).toMatchObject([
        { created: true, row: { code: 'new', amount: 5, version: 1 } },
        { created: false, row: { id: c?.id, code: 'c', name: 'old c', amount: 6, version: 2, createdAt: c?.createdAt } },
        { created: false, row: { id: a?.id, code: 'a', name: 'x', amount: 7, version: 2 } },
      ])
      for (const { row } of answers) expect(await open().specimens.get(row.id)).toEqual(row)
      expect(await open().specimens.count()).toBe(4)
      expect(await upsert([])).toEqual([])
    })

    it('keeps the order of thousands of rows, of one shape or of several', async () => {
      const inputs = Array.from({ length: 1500 }, (_, index) => specimen({ amount: index, ...(index % 3 === 0 && { name: `n${index}` }) }))
      await open().specimens.createMany(inputs.filter((_, index) => index % 2 === 0))
      const answers = await upsert(inputs)
      expect(answers.map(({ row, created }) => [row.code, row.amount, row.name, created])).toEqual(
        inputs.map(({ code, amount, name }, index) => [code, amount, name ?? null, index % 2 === 1]),
      )
      expect(await open().specimens.count()).toBe(1500)
    })

    it('stores all rows or none', async () => {
      await three()
      const bad = [specimen({ code: 'new' }), specimen({ code: 'a', amount: 9 }), specimen({ code: 'b', amount: -1 })]
      await expect(upsert(bad)).rejects.toMatchObject({ code: 'check', fields: ['amount'] })
      expect(await open().specimens.list({ orderBy: [{ field: 'code', direction: 'asc' }] })).toMatchObject([
        { code: 'a', amount: 1, version: 1 },
        { code: 'b', amount: 1, version: 1 },
        { code: 'c', amount: 1, version: 1 },
      ])
    })

    it('refuses two inputs of one key, naming the fields, before any row is touched', async () => {
      await three()
      const twice = [specimen({ code: 'a', amount: 2 }), specimen({ code: 'new' }), specimen({ code: 'a', amount: 3 })]
      await expect(upsert(twice)).rejects.toMatchObject({ code: 'invalid-value', entity: 'specimens', fields: ['code'] })
      expect(await open().specimens.count({ version: { eq: 1 } })).toBe(3)
      expect(await open().specimens.count()).toBe(3)
    })

    it('makes a new row beside a deleted one of the same key', async () => {
      const [a] = await three()
      await open().specimens.delete(a?.id ?? '')
      const [answer] = await upsert([specimen({ code: 'a' }), specimen({ code: 'b' })])
      expect(answer).toMatchObject({ created: true, row: { code: 'a', deletedAt: null } })
      expect(answer?.row.id).not.toBe(a?.id)
      expect(await open().specimens.count({ code: { eq: 'a' } }, { scope: 'all' })).toBe(2)
    })

    it('keeps to its tenant', async () => {
      const foreign = await inTenant('b', () => open().entries.create({ text: 'same' }))
      await inTenant('a', async () => {
        const answers = await open().entries.upsertMany([{ text: 'same' }, { text: 'other' }], ['text'])
        expect(answers).toMatchObject([
          { created: true, row: { tenantId: 'a' } },
          { created: true, row: { tenantId: 'a' } },
        ])
        expect(await open().entries.upsertMany([{ text: 'other' }], ['text'])).toMatchObject([{ created: false }])
        const taking = open().entries.upsertMany([{ id: foreign.id, text: 'taken' }], ['id'])
        await expect(taking).rejects.toMatchObject({ code: 'conflict', fields: ['id'] })
      })
      expect(await inTenant('b', () => open().entries.list())).toEqual([foreign])
    })

    it('joins a transaction, and is undone with it', async () => {
      await three()
      const undone = new Error('taken back')
      const attempt = open().transaction(async (tx) => {
        expect(await upsert([specimen({ code: 'a', amount: 9 }), specimen({ code: 'new' })], { tx })).toMatchObject([
          { created: false },
          { created: true },
        ])
        throw undone
      })
      await expect(attempt).rejects.toBe(undone)
      expect(await open().specimens.count({ amount: { eq: 1 } })).toBe(3)
    })

    it('refuses a row without a value for the key, before any row is touched', async () => {
      await three()
      const unchecked: { upsertMany(inputs: unknown, fields: unknown): Promise<unknown> } = open().specimens
      const { code: _code, ...keyless } = specimen({ amount: 9 })
      for (const inputs of [[keyless], [specimen({ code: 'a', amount: 9 }), keyless], [keyless, { ...keyless, code: null }]]) {
        await expect(unchecked.upsertMany(inputs, ['code'])).rejects.toMatchObject({ code: 'not-null', fields: ['code'] })
      }
      expect(await open().specimens.count({ amount: { eq: 1 } })).toBe(3)
      expect(await open().specimens.count()).toBe(3)
    })

    it('refuses what is no unique key', async () => {
      const unchecked: { upsertMany(inputs: unknown, fields: unknown): ReturnType<SpecimenRepository['upsertMany']> } = open().specimens
      for (const fields of [[], ['colour'], ['__proto__']]) {
        await expect(unchecked.upsertMany([specimen()], fields)).rejects.toMatchObject({ code: 'invalid-filter' })
      }
      expect(await open().specimens.count()).toBe(0)
    })
  })
}
