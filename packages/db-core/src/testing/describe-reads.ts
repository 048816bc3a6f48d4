import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { collect, specimen, type Suite } from './harness.ts'

interface Unchecked {
  find(id: unknown): Promise<unknown>
  getMany(ids: readonly unknown[]): Promise<unknown>
  update(id: unknown, patch: unknown): Promise<unknown>
  delete(id: unknown): Promise<unknown>
}

/** D4, the reading half: find may miss, get throws, one is one. */
export function describeReads({ open, harness }: Suite): void {
  describe('reads', () => {
    it('find and get give the row of an id', async () => {
      const { specimens } = open()
      const row = await specimens.create(specimen({ name: 'a' }))
      expect(await specimens.find(row.id)).toEqual(row)
      expect(await specimens.get(row.id)).toEqual(row)
    })

    it('find misses an unknown id, get and all writes by id throw NotFound', async () => {
      const { specimens } = open()
      const { missingId } = harness
      expect(await specimens.find(missingId)).toBeUndefined()
      const notFound = { code: 'not-found', entity: 'specimens' }
      await expect(specimens.get(missingId)).rejects.toMatchObject(notFound)
      await expect(specimens.update(missingId, { amount: 1 })).rejects.toMatchObject(notFound)
      await expect(specimens.update(missingId, {})).rejects.toMatchObject(notFound)
      await expect(specimens.update(missingId, { amount: 1 }, { version: 1 })).rejects.toMatchObject(notFound)
      await expect(specimens.increment(missingId, { amount: 1 })).rejects.toMatchObject(notFound)
      await expect(specimens.delete(missingId)).rejects.toMatchObject(notFound)
      await expect(specimens.restore(missingId)).rejects.toMatchObject(notFound)
      await expect(specimens.purge(missingId)).rejects.toMatchObject(notFound)
    })

    it('refuse an id that no row can have', async () => {
      const { specimens } = open()
      const { malformedId } = harness
      const refusal = { code: 'invalid-value', fields: ['id'] }
      for (const call of [
        () => specimens.find(malformedId),
        () => specimens.get(malformedId),
        () => specimens.getMany([harness.missingId, malformedId]),
        () => specimens.update(malformedId, { amount: 1 }),
        () => specimens.delete(malformedId),
        () => specimens.purge(malformedId),
      ]) {
        await expect(call()).rejects.toMatchObject(refusal)
      }
    })

    it('refuse what is no id at all', async () => {
      const { specimens } = open()
      const row = await specimens.create(specimen())
      const unchecked: Unchecked = specimens
      for (const id of [null, undefined, {}, [row.id], Symbol('id')]) {
        const calls = [
          () => unchecked.find(id),
          () => unchecked.getMany([id]),
          () => unchecked.update(id, { amount: 1 }),
          () => unchecked.delete(id),
        ]
        for (const call of calls) await expect(call(), inspect(id)).rejects.toMatchObject({ code: 'invalid-value', fields: ['id'] })
      }
      expect(await specimens.list()).toEqual([row])
    })

    it('findOne and getOne tell none, one and many apart', async () => {
      const { specimens } = open()
      await specimens.createMany([specimen({ name: 'one' }), specimen({ name: 'two' }), specimen({ name: 'two' })])
      expect(await specimens.findOne({ name: { eq: 'none' } })).toBeUndefined()
      await expect(specimens.getOne({ name: { eq: 'none' } })).rejects.toMatchObject({ code: 'not-found' })
      expect(await specimens.findOne({ name: { eq: 'one' } })).toMatchObject({ name: 'one' })
      expect(await specimens.getOne({ name: { eq: 'one' } })).toMatchObject({ name: 'one' })
      await expect(specimens.findOne({ name: { eq: 'two' } })).rejects.toMatchObject({ code: 'multiple-results' })
      await expect(specimens.getOne({ name: { eq: 'two' } })).rejects.toMatchObject({ code: 'multiple-results' })
    })

    it('getMany gives the rows that exist, once each, in the order of the ids, in whatever case those are written', async () => {
      const { specimens } = open()
      const [a, b, c] = await specimens.createMany([specimen(), specimen(), specimen()])
      const ids = [c?.id ?? '', harness.missingId, (a?.id ?? '').toUpperCase(), c?.id ?? '']
      expect(await specimens.getMany(ids)).toEqual([c, a])
      expect(await specimens.getMany([])).toEqual([])
      expect(await specimens.getMany([b?.id ?? ''])).toEqual([b])
    })

    it('list gives at most 100 rows unless told otherwise, and always in one order', async () => {
      const { specimens } = open()
      await specimens.createMany(Array.from({ length: 120 }, () => specimen()))
      const ids = (await specimens.list()).map(({ id }) => id)
      expect(ids).toHaveLength(100)
      expect(ids).toEqual(ids.toSorted())
      expect(await specimens.list({ limit: 1000 })).toHaveLength(120)
    })

    it('count and exists answer for a filter and for all', async () => {
      const { specimens } = open()
      expect(await specimens.exists({})).toBe(false)
      await specimens.createMany([specimen({ active: true }), specimen()])
      expect(await specimens.count()).toBe(2)
      expect(await specimens.count({ active: { eq: true } })).toBe(1)
      expect(await specimens.exists({})).toBe(true)
      expect(await specimens.exists({ name: { eq: 'none' } })).toBe(false)
    })

    it('stream gives more rows than one answer of the database holds, and may be left early', async () => {
      const { specimens } = open()
      await specimens.createMany(Array.from({ length: 1234 }, (_, index) => specimen({ amount: index })))
      const amounts = (await collect(specimens.stream({ orderBy: [{ field: 'amount', direction: 'desc' }] }))).map(({ amount }) => amount)
      expect(amounts).toEqual(Array.from({ length: 1234 }, (_, index) => 1233 - index))
      for await (const row of specimens.stream({ where: { amount: { lt: 700 } } })) {
        expect(row.amount).toBeLessThan(700)
        break
      }
      expect(await specimens.count()).toBe(1234)
    })
  })
}
