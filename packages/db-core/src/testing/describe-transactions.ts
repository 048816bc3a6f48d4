import { describe, expect, it } from 'vitest'
import type { Transaction } from '../repository/transaction.ts'
import { collect, specimen, type Suite, type SpecimenRepository } from './harness.ts'

/** D12, as repositories see it: a call joins the transaction it is given, and no other. */
export function describeTransactions({ open, harness }: Suite): void {
  describe('transactions', () => {
    it('commit every kind of write together', async () => {
      const { specimens, transaction } = open()
      const row = await specimens.create(specimen({ code: 'x' }))
      await transaction((tx) => writeAll(specimens, row.id, tx))
      expect(await specimens.count({}, { scope: 'all' })).toBe(4)
      expect(await specimens.get(row.id)).toMatchObject({ name: 'many', amount: 3 })
    })

    it('undo every kind of write together', async () => {
      const { specimens, transaction } = open()
      const row = await specimens.create(specimen({ code: 'x' }))
      const failure = new Error('after all writes')
      await expect(
        transaction(async (tx) => {
          await writeAll(specimens, row.id, tx)
          throw failure
        }),
      ).rejects.toBe(failure)
      expect(await specimens.list({}, { scope: 'all' })).toEqual([row])
    })

    it('show their own writes to every read inside, and to none outside', async () => {
      const { specimens, transaction } = open()
      await transaction(async (tx) => {
        const row = await specimens.create(specimen(), { tx })
        expect(await specimens.find(row.id, { tx })).toEqual(row)
        expect(await specimens.getOne({ id: { eq: row.id } }, { tx })).toEqual(row)
        expect(await specimens.getMany([row.id], { tx })).toEqual([row])
        expect(await specimens.list({}, { tx })).toEqual([row])
        expect(await specimens.page({}, { tx })).toMatchObject({ items: [row], total: 1 })
        expect((await specimens.seek({}, { tx })).items).toEqual([row])
        expect(await specimens.count({}, { tx })).toBe(1)
        expect(await specimens.exists({}, { tx })).toBe(true)
        expect(await collect(specimens.stream({}, { tx }))).toEqual([row])
        expect(await specimens.count()).toBe(0)
      })
      expect(await specimens.count()).toBe(1)
    })

    it('of another store are refused, before any row is touched', async () => {
      const { specimens } = open()
      const tx = harness.foreignTransaction
      await expect(specimens.create(specimen(), { tx })).rejects.toMatchObject({ code: 'unsupported' })
      await expect(specimens.list({}, { tx })).rejects.toMatchObject({ code: 'unsupported' })
      await expect(specimens.createMany([specimen()], { tx })).rejects.toMatchObject({ code: 'unsupported' })
      expect(await specimens.count()).toBe(0)
    })
  })
}

/** Leaves a live row, a live upserted one, a live second one and a deleted third one. */
async function writeAll(specimens: SpecimenRepository, id: string, tx: Transaction): Promise<void> {
  await specimens.update(id, { amount: 1 }, { tx, version: 1 })
  await specimens.increment(id, { amount: 2 }, { tx })
  await specimens.updateMany({ code: { eq: 'x' } }, { name: 'many' }, { tx })
  const [second, third, fourth] = await specimens.createMany([specimen(), specimen(), specimen()], { tx })
  await specimens.upsert(specimen({ code: 'upserted' }), ['code'], { tx })
  await specimens.delete(second?.id ?? '', { tx })
  await specimens.restore(second?.id ?? '', { tx })
  await specimens.deleteMany({ id: { eq: third?.id ?? '' } }, { tx })
  await specimens.purge(fourth?.id ?? '', { tx })
}
