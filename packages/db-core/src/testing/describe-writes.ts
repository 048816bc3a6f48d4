import { describe, expect, it } from 'vitest'
import type { Specimen } from './entities.ts'
import { specimen, type Suite } from './harness.ts'

interface Unchecked {
  create(input: unknown): Promise<unknown>
  createMany(inputs: readonly unknown[]): Promise<unknown>
  update(id: unknown, patch: unknown): Promise<unknown>
  updateMany(where: unknown, patch: unknown): Promise<unknown>
  upsert(input: unknown, onConflict: unknown): Promise<unknown>
  increment(id: unknown, by: unknown): Promise<unknown>
}

/** D4, the writing half, with D3 and D11: stamps on every path, one conditional write for a version. */
export function describeWrites({ open, harness }: Suite): void {
  describe('writes', () => {
    it('create stores every kind of value and stamps the row', async () => {
      const input = specimen({ name: `"'\\%_{}$é😀\n`, amount: 2 ** 31 - 1, ratio: 0.1, active: true, at: new Date(1_700_000_000_123) })
      const row = await open().specimens.create(input)
      expect(row).toMatchObject({ ...input, version: 1, deletedAt: null, deletedBy: null })
      expect(Math.abs(row.createdAt.getTime() - Date.now())).toBeLessThan(60_000)
      expect(row.updatedAt).toEqual(row.createdAt)
      expect(await open().specimens.get(row.id)).toEqual(row)
    })

    it('create takes what is left out, or undefined, as null', async () => {
      const row = await open().specimens.create(specimen({ name: undefined, at: undefined }))
      expect(row).toMatchObject({ name: null, ratio: null, at: null })
      expect(await open().specimens.count({ name: { isNull: true } })).toBe(1)
    })

    it('create keeps an id that is given', async () => {
      expect(await open().specimens.create(specimen({ id: harness.missingId }))).toMatchObject({ id: harness.missingId })
      await expect(open().specimens.create(specimen({ id: harness.missingId }))).rejects.toMatchObject({ code: 'conflict', fields: ['id'] })
    })

    it('createMany keeps the order of thousands of rows, of one shape or of several', async () => {
      const inputs = Array.from({ length: 2500 }, (_, index) => specimen({ amount: index, ...(index % 3 === 0 && { name: `n${index}` }) }))
      const rows = await open().specimens.createMany(inputs)
      expect(rows.map(({ code, amount, name }) => [code, amount, name])).toEqual(
        inputs.map(({ code, amount, name }) => [code, amount, name ?? null]),
      )
      expect(await open().specimens.count()).toBe(2500)
      expect(await open().specimens.createMany([])).toEqual([])
    })

    it('createMany stores all rows or none', async () => {
      const inputs = [...Array.from({ length: 2500 }, () => specimen()), specimen({ code: 'twice' }), specimen({ code: 'twice' })]
      await expect(open().specimens.createMany(inputs)).rejects.toMatchObject({ code: 'conflict', fields: ['code'] })
      expect(await open().specimens.count()).toBe(0)
    })

    it('update changes the given fields, the stamps, and nothing else', async () => {
      const { specimens } = open()
      const [row, other] = await specimens.createMany([specimen({ name: 'a', amount: 1 }), specimen()])
      const before = await specimens.get(row?.id ?? '')
      const after = await specimens.update(before.id, { name: null, amount: 2, ratio: undefined })
      expect(after).toEqual({ ...before, name: null, amount: 2, version: 2, updatedAt: after.updatedAt })
      expect(after.updatedAt.getTime()).toBeGreaterThanOrEqual(before.updatedAt.getTime())
      expect(await specimens.get(before.id)).toEqual(after)
      expect(await specimens.get(other?.id ?? '')).toEqual(other)
    })

    it('an empty patch leaves the row untouched', async () => {
      const { specimens } = open()
      const row = await specimens.create(specimen())
      expect(await specimens.update(row.id, {})).toEqual(row)
      expect(await specimens.update(row.id, { name: undefined })).toEqual(row)
      expect(await specimens.increment(row.id, {})).toEqual(row)
      expect(await specimens.updateMany({ id: { eq: row.id } }, {})).toBe(0)
      await expect(specimens.update(row.id, {}, { version: 9 })).rejects.toMatchObject({ code: 'stale-version' })
      expect(await specimens.get(row.id)).toEqual(row)
    })

    it('update with a version writes once, and then the version is stale', async () => {
      const { specimens } = open()
      const row = await specimens.create(specimen())
      expect(await specimens.update(row.id, { amount: 1 }, { version: 1 })).toMatchObject({ amount: 1, version: 2 })
      await expect(specimens.update(row.id, { amount: 5 }, { version: 1 })).rejects.toMatchObject({
        code: 'stale-version',
        entity: 'specimens',
      })
      expect(await specimens.get(row.id)).toMatchObject({ amount: 1, version: 2 })
    })

    it('of many updates with one version at once exactly one wins', async () => {
      const { specimens } = open()
      const row = await specimens.create(specimen())
      const outcomes = await Promise.allSettled(
        Array.from({ length: 12 }, (_, index) => specimens.update(row.id, { amount: index }, { version: 1 })),
      )
      const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
      expect(lost).toHaveLength(11)
      for (const reason of lost) expect(reason).toMatchObject({ code: 'stale-version' })
      expect(await specimens.get(row.id)).toMatchObject({ version: 2 })
    })

    it('updateMany changes and stamps the matches and tells how many', async () => {
      const { specimens } = open()
      const rows = await specimens.createMany([specimen({ amount: 1 }), specimen({ amount: 1 }), specimen({ amount: 2 })])
      expect(await specimens.updateMany({ amount: { eq: 1 } }, { name: 'x' })).toBe(2)
      expect(await specimens.list({ where: { name: { eq: 'x' } } })).toMatchObject([{ version: 2 }, { version: 2 }])
      expect(await specimens.get(rows[2]?.id ?? '')).toEqual(rows[2])
    })

    it('upsert inserts, then updates the same row, in one call each', async () => {
      const { specimens } = open()
      const first = await specimens.upsert(specimen({ code: 'k', name: 'a', amount: 1 }), ['code'])
      expect(first).toMatchObject({ created: true, row: { code: 'k', version: 1 } })
      const second = await specimens.upsert(specimen({ code: 'k', amount: 7 }), ['code'])
      expect(second).toMatchObject({
        created: false,
        row: { id: first.row.id, name: 'a', amount: 7, version: 2, createdAt: first.row.createdAt },
      })
      expect(second.row.updatedAt.getTime()).toBeGreaterThanOrEqual(first.row.updatedAt.getTime())
      expect(await specimens.list()).toEqual([second.row])
    })

    it('of many upserts of one key at once one creates and all others update', async () => {
      const { specimens } = open()
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, index) => specimens.upsert(specimen({ code: 'k', amount: index }), ['code'])),
      )
      expect(outcomes.filter(({ created }) => created)).toHaveLength(1)
      expect(new Set(outcomes.map(({ row }) => row.id)).size).toBe(1)
      expect(await specimens.list()).toMatchObject([{ version: 10 }])
    })

    it('increment adds in one write, also when many do at once', async () => {
      const { specimens } = open()
      const row = await specimens.create(specimen({ amount: 5, ratio: 0.5 }))
      await Promise.all(Array.from({ length: 10 }, () => specimens.increment(row.id, { amount: 2, ratio: 0.25 })))
      expect(await specimens.increment(row.id, { amount: -5 })).toMatchObject({ amount: 20, ratio: 3, version: 12 })
    })

    it('refuse fields that are unknown, managed, or the key', async () => {
      const { specimens } = open()
      const row = await specimens.create(specimen())
      const unchecked: Unchecked = specimens
      const refusal = { code: 'invalid-value' }
      for (const extra of [
        { colour: 'red' },
        { version: 7 },
        { createdAt: new Date() },
        { updatedAt: new Date() },
        { deletedAt: null },
        JSON.parse('{"__proto__":1}'),
      ]) {
        const given: unknown = Object.assign(Object.create(null), specimen(), extra)
        await expect(unchecked.create(Object.hasOwn(extra, '__proto__') ? extra : given)).rejects.toMatchObject(refusal)
        await expect(unchecked.update(row.id, extra)).rejects.toMatchObject(refusal)
        await expect(unchecked.updateMany({ amount: { eq: 0 } }, extra)).rejects.toMatchObject(refusal)
        await expect(unchecked.increment(row.id, extra)).rejects.toMatchObject(refusal)
      }
      await expect(unchecked.update(row.id, { id: harness.missingId })).rejects.toMatchObject(refusal)
      await expect(unchecked.increment(row.id, { amount: '1' })).rejects.toMatchObject(refusal)
      expect(await specimens.list()).toEqual([row])
    })

    it('refuse values that cannot be stored, before any row is touched', async () => {
      const { specimens } = open()
      const row: Specimen = await specimens.create(specimen())
      for (const patch of [
        { name: 'a\0b' },
        { name: '\ud83d' },
        { ratio: Number.NaN },
        { ratio: Number.POSITIVE_INFINITY },
        { at: new Date(Number.NaN) },
      ]) {
        await expect(specimens.update(row.id, patch)).rejects.toMatchObject({ code: 'invalid-value', fields: Object.keys(patch) })
        await expect(specimens.create(specimen(patch))).rejects.toMatchObject({ code: 'invalid-value', fields: Object.keys(patch) })
      }
      expect(await specimens.list()).toEqual([row])
    })
  })
}
