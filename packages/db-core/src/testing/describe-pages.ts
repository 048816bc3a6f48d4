import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CursorPage } from '../pages/page.ts'
import { orders, specimens as someSpecimens } from './arbitraries.ts'
import type { Specimen } from './entities.ts'
import { collect, specimen, type Suite } from './harness.ts'
import { disturb, sortedIds, walk } from './walk-pages.ts'

/** D7: pages are cut from one total order, in both directions, and a cursor is good for its own list only. */
export function describePages({ open }: Suite): void {
  describe('pages', () => {
    async function fill(count: number, seed: number): Promise<Specimen[]> {
      const [rows = []] = fc.sample(someSpecimens({ minLength: count, maxLength: count }), { numRuns: 1, seed })
      return open().specimens.createMany(rows)
    }

    it('by cursor, by number and by stream show the rows in the order of the sort keys, forwards and backwards', async () => {
      const { specimens } = open()
      const rows = await fill(40, 5)
      await fc.assert(
        fc.asyncProperty(orders, fc.integer({ min: 3, max: 17 }), async (orderBy, limit) => {
          const expected = sortedIds(rows, orderBy)
          const forward = await walk(specimens, { orderBy, limit }, 'next')
          expect(forward.ids).toEqual(expected)
          const backward = await walk(specimens, { orderBy, limit, cursor: forward.last.previous ?? '' }, 'previous')
          expect([...backward.ids, ...forward.last.items.map(({ id }) => id)]).toEqual(expected)
          expect(backward.last.previous).toBeUndefined()
          expect((await collect(specimens.stream({ orderBy }))).map(({ id }) => id)).toEqual(expected)
          const second = await specimens.page({ orderBy, limit, page: 2 })
          expect(second.items.map(({ id }) => id)).toEqual(expected.slice(limit, 2 * limit))
        }),
        { numRuns: 40 },
      )
    })

    it('by cursor show every row that stays exactly once, in both directions and any order, while others come and go', async () => {
      const { specimens } = open()
      const staying = await fill(30, 6)
      const seed = fc.sample(someSpecimens({ minLength: 500, maxLength: 500 }), { numRuns: 1, seed: 7 })[0] ?? []
      const arrivals = seed.map((fields) => specimen({ ...fields, code: `passing-${fields.code}` })).values()
      const stays = new Set(staying.map(({ id }) => id))
      await fc.assert(
        fc.asyncProperty(orders, fc.integer({ min: 2, max: 9 }), async (orderBy, limit) => {
          const expected = sortedIds(staying, orderBy)
          const comeAndGo = (page: CursorPage<Specimen>) => disturb(specimens, page, { stays, arrivals })
          const forward = await walk(specimens, { orderBy, limit }, 'next', comeAndGo)
          expect(forward.ids.filter((id) => stays.has(id))).toEqual(expected)
          const end = forward.last.items.map(({ id }) => id)
          const backward = await walk(specimens, { orderBy, limit, cursor: forward.last.previous ?? '' }, 'previous', comeAndGo)
          expect([...backward.ids, ...end].filter((id) => stays.has(id))).toEqual(expected)
        }),
        { numRuns: 12 },
      )
    })

    it('by cursor lead back from an empty end to the last rows', async () => {
      const { specimens } = open()
      await specimens.createMany([specimen(), specimen(), specimen()])
      const first = await specimens.seek({ limit: 2 })
      const [last] = (await specimens.seek({ limit: 2, cursor: first.next ?? '' })).items
      await specimens.delete(last?.id ?? '')
      const empty = await specimens.seek({ limit: 2, cursor: first.next ?? '' })
      expect(empty).toEqual({ items: [], previous: expect.any(String) })
      const back = await specimens.seek({ limit: 2, cursor: empty.previous ?? '' })
      expect(back.items.map(({ id }) => id)).toEqual(first.items.map(({ id }) => id))
    })

    it('by cursor have neither neighbour when all rows fit', async () => {
      await open().specimens.createMany([specimen(), specimen()])
      expect(await open().specimens.seek({ limit: 2 })).toEqual({ items: expect.any(Array) })
    })

    it('refuse a cursor of another order, filter or scope, a damaged one, a foreign one, and none that is a text', async () => {
      const { specimens } = open()
      await specimens.createMany([specimen(), specimen(), specimen()])
      const { next = '' } = await specimens.seek({ limit: 1 })
      const refusal = { code: 'invalid-cursor', fields: ['cursor'] }
      const unchecked: { seek(query: unknown, options?: unknown): Promise<unknown> } = specimens
      const damaged = (next.startsWith('A') ? 'B' : 'A') + next.slice(1)
      for (const query of [
        { cursor: next, orderBy: [{ field: 'name', direction: 'asc' }] },
        { cursor: next, where: { amount: { eq: 0 } } },
        ...['', 'x', damaged, `${next}A`, next.slice(0, -1), `.${next}`, 'a'.repeat(4000), `${next}\n`, null, 5, {}].map((cursor) => ({
          cursor,
        })),
      ]) {
        await expect(unchecked.seek(query), JSON.stringify(query)).rejects.toMatchObject(refusal)
      }
      await expect(unchecked.seek({ cursor: next }, { scope: 'all' })).rejects.toMatchObject(refusal)
      await expect(specimens.seek({ cursor: next, limit: 2 })).resolves.toMatchObject({ items: { length: 2 } })
    })

    it('have cursors of at most 2,048 bytes, and say so when a sort value is longer', async () => {
      const { specimens } = open()
      await specimens.createMany([specimen({ name: 'x'.repeat(5000) }), specimen({ name: 'y' })])
      await expect(specimens.seek({ limit: 1, orderBy: [{ field: 'name', direction: 'asc' }] })).rejects.toMatchObject({
        code: 'unsupported',
      })
    })

    it('by cursor are refused by a connection without a secret', async () => {
      await expect(open().withoutSecret.seek()).rejects.toMatchObject({ code: 'unsupported' })
    })

    it('by number tell the total, also past the last page', async () => {
      const { specimens } = open()
      await specimens.createMany([specimen({ active: true }), specimen({ active: true }), specimen({ active: true }), specimen()])
      const where = { active: { eq: true } } as const
      expect(await specimens.page({ where, limit: 2, page: 2 })).toMatchObject({
        items: { length: 1 },
        total: 3,
        page: 2,
        limit: 2,
        totalPages: 2,
      })
      expect(await specimens.page({ where, limit: 2, page: 9 })).toEqual({ items: [], total: 3, page: 9, limit: 2, totalPages: 2 })
      expect(await specimens.page({ where: { active: { in: [] } } })).toEqual({ items: [], total: 0, page: 1, limit: 100, totalPages: 0 })
    })

    it('by a number of rows to pass over begin at any row, and tell the page it would stand on', async () => {
      const { specimens } = open()
      const made = await specimens.createMany([1, 2, 3, 4, 5].map((amount) => specimen({ amount })))
      const query = { orderBy: [{ field: 'amount', direction: 'asc' }], limit: 2 } as const
      const shown = async (skip: number) => specimens.page({ ...query, skip })
      expect(await shown(0)).toEqual(await specimens.page(query))
      expect(await shown(3)).toEqual({ items: made.slice(3), total: 5, page: 2, limit: 2, totalPages: 3 })
      expect(await shown(7)).toEqual({ items: [], total: 5, page: 4, limit: 2, totalPages: 3 })
    })

    it.each([{ skip: -1 }, { skip: 1.5 }, { skip: 1e15 }, { skip: 2, page: 2 }])('refuse %j as a place to begin at', async (query) => {
      await expect(open().specimens.page(query)).rejects.toMatchObject({ code: 'invalid-filter', fields: ['skip'] })
    })

    it.each([{ limit: 0 }, { limit: -1 }, { limit: 1.5 }, { limit: 1001 }, { limit: Number.NaN }, { limit: '5' }])(
      'refuse %j as a bound',
      async (query) => {
        const unchecked: {
          list(query: unknown): Promise<unknown>
          seek(query: unknown): Promise<unknown>
          page(query: unknown): Promise<unknown>
        } = open().specimens
        for (const call of [unchecked.list(query), unchecked.seek(query), unchecked.page(query)]) {
          await expect(call).rejects.toMatchObject({ code: 'invalid-filter', fields: ['limit'] })
        }
      },
    )

    it.each([0, -1, 1.5, Number.POSITIVE_INFINITY, 1e15])('refuse %d as a page number', async (page) => {
      await expect(open().specimens.page({ page })).rejects.toMatchObject({ code: 'invalid-filter', fields: ['page'] })
    })

    it.each([
      [{ field: 'colour', direction: 'asc' }],
      [{ field: '__proto__', direction: 'asc' }],
      [{ field: 'name', direction: 'up' }],
      [{ field: 'name' }],
      [{ field: 'name', direction: 'asc', nulls: 'none' }],
      [{ field: 'name', direction: 'asc', collation: 'de' }],
      [
        { field: 'name', direction: 'asc' },
        { field: 'name', direction: 'desc' },
      ],
      ['name'],
      [undefined],
    ])('refuse the order %j', async (...orderBy) => {
      const unchecked: { list(query: unknown): Promise<unknown> } = open().specimens
      await expect(unchecked.list({ orderBy })).rejects.toMatchObject({ code: 'invalid-filter' })
    })
  })
}
