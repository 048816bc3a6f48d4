import { describe, expect, it } from 'vitest'
import { runAs } from '../mixins/actor.ts'
import { collect, inTenant, specimen, type Suite } from './harness.ts'

/** D9: a deleted row does not exist for any call that does not ask for it. */
export function describeSoftDelete({ open, harness }: Suite): void {
  describe('soft delete', () => {
    async function oneDeleted() {
      const { specimens } = open()
      const [gone, live] = await specimens.createMany([specimen({ code: 'gone', name: 'same' }), specimen({ code: 'live', name: 'same' })])
      if (gone === undefined || live === undefined) throw new Error('two rows were created')
      await specimens.delete(gone.id)
      return { specimens, gone, live }
    }

    it('hides the row from every read', async () => {
      const { specimens, gone, live } = await oneDeleted()
      const where = { name: { eq: 'same' } } as const
      expect(await specimens.find(gone.id)).toBeUndefined()
      expect(await specimens.getMany([gone.id, live.id])).toEqual([live])
      expect(await specimens.findOne(where)).toEqual(live)
      expect(await specimens.getOne(where)).toEqual(live)
      expect(await specimens.list()).toEqual([live])
      expect(await specimens.page()).toMatchObject({ items: [live], total: 1 })
      expect((await specimens.seek()).items).toEqual([live])
      expect(await collect(specimens.stream())).toEqual([live])
      expect(await specimens.count()).toBe(1)
      expect(await specimens.exists({ code: { eq: 'gone' } })).toBe(false)
      expect(await specimens.count({ not: { code: { eq: 'live' } } })).toBe(0)
    })

    it('hides the row from every write', async () => {
      const { specimens, gone, live } = await oneDeleted()
      const before = await specimens.get(gone.id, { scope: 'deleted' })
      await expect(specimens.update(gone.id, { amount: 1 })).rejects.toMatchObject({ code: 'not-found' })
      await expect(specimens.update(gone.id, { amount: 1 }, { version: before.version })).rejects.toMatchObject({ code: 'not-found' })
      await expect(specimens.increment(gone.id, { amount: 1 })).rejects.toMatchObject({ code: 'not-found' })
      await expect(specimens.delete(gone.id)).rejects.toMatchObject({ code: 'not-found' })
      expect(await specimens.updateMany({ name: { eq: 'same' } }, { amount: 1 })).toBe(1)
      expect(await specimens.deleteMany({ name: { eq: 'same' } })).toBe(1)
      expect(await specimens.get(gone.id, { scope: 'all' })).toEqual(before)
      expect(await specimens.get(live.id, { scope: 'deleted' })).toMatchObject({ amount: 1, version: 3 })
    })

    it('shows the row to those who ask for deleted or all rows', async () => {
      const { specimens, gone, live } = await oneDeleted()
      expect(await specimens.list({}, { scope: 'deleted' })).toMatchObject([{ id: gone.id }])
      expect(await specimens.find(live.id, { scope: 'deleted' })).toBeUndefined()
      expect(await specimens.count({}, { scope: 'all' })).toBe(2)
      expect(await specimens.getMany([gone.id, live.id], { scope: 'all' })).toHaveLength(2)
    })

    it('stamps the row with time, actor and version, and restore takes that back', async () => {
      const { specimens } = open()
      const row = await specimens.create(specimen())
      await runAs('user-7', () => specimens.delete(row.id))
      const gone = await specimens.get(row.id, { scope: 'deleted' })
      expect(gone).toEqual({ ...row, deletedAt: expect.any(Date), deletedBy: 'user-7', updatedAt: gone.updatedAt, version: 2 })
      const restored = await specimens.restore(row.id)
      expect(restored).toEqual({ ...row, updatedAt: restored.updatedAt, version: 3 })
      expect(await specimens.get(row.id)).toEqual(restored)
    })

    it('softDelete is delete, and never a hard one', async () => {
      const { specimens, gone, live } = await oneDeleted()
      await specimens.softDelete(live.id)
      expect(await specimens.get(live.id, { scope: 'deleted' })).toMatchObject({ deletedAt: expect.any(Date), version: 2 })
      await expect(specimens.softDelete(gone.id)).rejects.toMatchObject({ code: 'not-found', entity: 'specimens' })
      await expect(specimens.softDelete(harness.missingId)).rejects.toMatchObject({ code: 'not-found', entity: 'specimens' })
      const entry = await inTenant('a', () => open().entries.create({ text: 'x' }))
      const refused = inTenant('a', () => open().entries.softDelete(entry.id))
      await expect(refused).rejects.toMatchObject({ code: 'unsupported', entity: 'entries' })
      expect(await inTenant('a', () => open().entries.get(entry.id))).toEqual(entry)
    })

    it('restore finds deleted rows only', async () => {
      const row = await open().specimens.create(specimen())
      await expect(open().specimens.restore(row.id)).rejects.toMatchObject({ code: 'not-found' })
    })

    it('frees the unique key, and restore finds it taken', async () => {
      const { specimens, gone } = await oneDeleted()
      const successor = await specimens.create(specimen({ code: 'gone' }))
      await expect(specimens.restore(gone.id)).rejects.toMatchObject({ code: 'conflict', fields: ['code'] })
      expect(await specimens.get(successor.id)).toEqual(successor)
      await specimens.purge(successor.id)
      expect(await specimens.restore(gone.id)).toMatchObject({ code: 'gone' })
    })

    it('upsert makes a new row beside a deleted one of the same key', async () => {
      const { specimens, gone } = await oneDeleted()
      const { row, created } = await specimens.upsert(specimen({ code: 'gone' }), ['code'])
      expect(created).toBe(true)
      expect(row.id).not.toBe(gone.id)
      expect(await specimens.list({ where: { code: { eq: 'gone' } } }, { scope: 'all' })).toHaveLength(2)
    })

    it('purge removes the row itself, deleted or live', async () => {
      const { specimens, gone, live } = await oneDeleted()
      await specimens.purge(gone.id)
      await specimens.purge(live.id)
      expect(await specimens.count({}, { scope: 'all' })).toBe(0)
    })
  })
}
