import { describe, expect, it } from 'vitest'
import type { SortKey } from '../filters/filter.ts'
import type { Specimen } from './entities.ts'
import { collect, inTenant, specimen, type Suite } from './harness.ts'

/** D4, projections: an answer shows the fields that were asked for and the key; filters and orders speak of the whole row. */
export function describeSelecting({ open, harness }: Suite): void {
  describe('selecting', () => {
    async function three(): Promise<Specimen[]> {
      return open().specimens.createMany(['c', 'a', 'b'].map((name, amount) => specimen({ name, amount, at: new Date(amount) })))
    }

    it('shows the fields and the key in the answer of every read', async () => {
      const [row] = await three()
      if (row === undefined) throw new Error('three rows were created')
      const view = open().specimens.selecting(['code', 'at'])
      const shown = { id: row.id, code: row.code, at: row.at }
      const where = { name: { eq: 'c' } } as const
      expect(await view.find(row.id)).toEqual(shown)
      expect(await view.get(row.id)).toEqual(shown)
      expect(await view.findOne(where)).toEqual(shown)
      expect(await view.getOne(where)).toEqual(shown)
      expect(await view.getMany([row.id])).toEqual([shown])
      expect(await view.list({ where })).toEqual([shown])
      expect(await view.page({ where })).toMatchObject({ items: [shown], total: 1 })
      expect((await view.page({ where })).items).toEqual([shown])
      expect(await view.seek({ where })).toEqual({ items: [shown] })
      expect(await collect(view.stream({ where }))).toEqual([shown])
      expect(await view.count(where)).toBe(1)
      expect(await view.exists(where)).toBe(true)
      expect(view.entity).toBe(open().specimens.entity)
    })

    it('misses and refuses as the whole repository does', async () => {
      await three()
      const view = open().specimens.selecting(['code'])
      expect(await view.find(harness.missingId)).toBeUndefined()
      await expect(view.get(harness.missingId)).rejects.toMatchObject({ code: 'not-found', entity: 'specimens' })
      await expect(view.get(harness.malformedId)).rejects.toMatchObject({ code: 'invalid-value', fields: ['id'] })
      await expect(view.getOne({ amount: { gte: 0 } })).rejects.toMatchObject({ code: 'multiple-results' })
    })

    it('orders and pages by fields that are not shown', async () => {
      const rows = await three()
      const view = open().specimens.selecting(['code'])
      const orderBy: SortKey<Specimen>[] = [{ field: 'name', direction: 'asc' }]
      const expected = [rows[1], rows[2], rows[0]].map((row) => ({ id: row?.id, code: row?.code }))
      expect(await view.list({ orderBy })).toEqual(expected)
      const first = await view.seek({ orderBy, limit: 2 })
      expect(first.items).toEqual(expected.slice(0, 2))
      const second = await view.seek({ orderBy, limit: 2, cursor: first.next ?? '' })
      expect(second.items).toEqual(expected.slice(2))
      expect((await view.seek({ orderBy, limit: 2, cursor: second.previous ?? '' })).items).toEqual(expected.slice(0, 2))
    })

    it('hides deleted rows and those of other tenants', async () => {
      const [row] = await three()
      await open().specimens.delete(row?.id ?? '')
      expect(await open().specimens.selecting(['code']).list()).toHaveLength(2)
      expect(
        await open()
          .specimens.selecting(['deletedAt'])
          .find(row?.id ?? '', { scope: 'deleted' }),
      ).toEqual({
        id: row?.id,
        deletedAt: expect.any(Date),
      })
      await inTenant('b', () => open().entries.create({ text: 'secret' }))
      expect(await inTenant('a', () => open().entries.selecting(['text']).list())).toEqual([])
    })

    it('sees the writes of its transaction', async () => {
      const view = open().specimens.selecting(['code'])
      await open().transaction(async (tx) => {
        const { id, code } = await open().specimens.create(specimen(), { tx })
        expect(await view.list({}, { tx })).toEqual([{ id, code }])
        expect(await view.get(id, { tx })).toEqual({ id, code })
      })
    })

    it('refuses a field that is unknown, before any row is read', async () => {
      const unchecked: { selecting(fields: unknown): { list(): Promise<unknown> } } = open().specimens
      for (const fields of [['colour'], ['__proto__'], [undefined], ['code', 'constructor'], 'code']) {
        await expect(async () => unchecked.selecting(fields).list(), String(fields)).rejects.toMatchObject({ code: 'invalid-filter' })
      }
    })
  })
}
