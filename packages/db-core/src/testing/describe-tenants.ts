import { describe, expect, it } from 'vitest'
import { runAs } from '../mixins/actor.ts'
import { runInTenant, unscoped } from '../mixins/tenant.ts'
import { collect, type Entry, type EntryRepository, type Suite } from './harness.ts'

/** D3 and D10: an audited write names its actor, and another tenant's rows do not exist. */
export function describeTenants({ open }: Suite): void {
  describe('tenants and actors', () => {
    function inTenant<Result>(tenant: string, work: (entries: EntryRepository) => Promise<Result>): Promise<Result> {
      return runAs(`user of ${tenant}`, () => runInTenant(tenant, () => work(open().entries)))
    }

    async function foreignEntry(): Promise<Entry> {
      return inTenant('b', (entries) => entries.create({ text: 'secret of b' }))
    }

    it('a new row belongs to the tenant and names its actor; an update names the next', async () => {
      const row = await inTenant('a', (entries) => entries.create({ text: 'x' }))
      expect(row).toMatchObject({ tenantId: 'a', createdBy: 'user of a', updatedBy: 'user of a' })
      const changed = await runAs('another', () => runInTenant('a', () => open().entries.update(row.id, { text: 'y' })))
      expect(changed).toEqual({ ...row, text: 'y', updatedBy: 'another' })
    })

    it('every method refuses to run without a tenant', async () => {
      const { id } = await foreignEntry()
      const methods: Record<string, () => Promise<unknown>> = calls(open().entries, id)
      for (const [method, call] of Object.entries(methods)) {
        await expect(runAs('someone', call), method).rejects.toMatchObject({ code: 'invalid-value', entity: 'entries' })
      }
      expect(await inTenant('b', (entries) => entries.count())).toBe(1)
    })

    it('every write refuses to run without an actor', async () => {
      const { id } = await foreignEntry()
      const { create, createMany, update, updateMany, upsert } = calls(open().entries, id)
      const writes: (() => Promise<unknown>)[] = [create, createMany, update, updateMany, upsert]
      for (const call of writes) {
        await expect(runInTenant('b', call)).rejects.toMatchObject({ code: 'invalid-value', entity: 'entries' })
      }
      expect(await inTenant('b', (entries) => entries.list())).toMatchObject([{ text: 'secret of b' }])
    })

    it("no method reaches another tenant's row", async () => {
      const foreign = await foreignEntry()
      await inTenant('a', async (entries) => {
        const reached = calls(entries, foreign.id)
        expect(await reached.find()).toBeUndefined()
        expect(await reached.findOne()).toBeUndefined()
        for (const call of [reached.getMany, reached.list, reached.stream]) expect(await call()).toEqual([])
        for (const call of [reached.count, reached.updateMany, reached.deleteMany]) expect(await call()).toBe(0)
        expect(await reached.exists()).toBe(false)
        expect(await reached.page()).toMatchObject({ items: [], total: 0 })
        expect(await reached.seek()).toEqual({ items: [] })
        for (const call of [reached.get, reached.getOne, reached.update, reached.delete, reached.purge]) {
          await expect(call()).rejects.toMatchObject({ code: 'not-found' })
        }
      })
      expect(await inTenant('b', (entries) => entries.list())).toEqual([foreign])
    })

    it('two tenants may hold the same key, and an upsert keeps to its own', async () => {
      const foreign = await foreignEntry()
      await inTenant('a', async (entries) => {
        expect(await entries.upsert({ text: foreign.text }, ['text'])).toMatchObject({ created: true, row: { tenantId: 'a' } })
        expect(await entries.upsert({ text: foreign.text }, ['text'])).toMatchObject({ created: false, row: { tenantId: 'a' } })
        await expect(entries.create({ text: foreign.text })).rejects.toMatchObject({ code: 'conflict', fields: ['tenantId', 'text'] })
      })
      expect(await inTenant('b', (entries) => entries.list())).toEqual([foreign])
    })

    it("an upsert never takes over another tenant's row", async () => {
      const foreign = await foreignEntry()
      await inTenant('a', async (entries) => {
        await expect(entries.upsert({ id: foreign.id, text: 'taken' }, ['id'])).rejects.toMatchObject({ code: 'conflict', fields: ['id'] })
      })
      expect(await inTenant('b', (entries) => entries.list())).toEqual([foreign])
    })

    it('leaving the tenants behind needs a reason, which is logged, and stamps no new row', async () => {
      await foreignEntry()
      await inTenant('a', (entries) => entries.create({ text: 'of a' }))
      const reasons: string[] = []
      const log = (reason: string) => void reasons.push(reason)
      expect(await unscoped('monthly report', () => open().entries.count(), log)).toBe(2)
      expect(reasons).toEqual(['monthly report'])
      expect(() => unscoped('', () => 1, log)).toThrow('reason')
      await expect(runAs('someone', () => unscoped('import', () => open().entries.create({ text: 'x' }), log))).rejects.toMatchObject({
        code: 'invalid-value',
      })
    })

    it('what has no soft delete is removed by delete, and cannot be restored', async () => {
      await inTenant('a', async (entries) => {
        const [first, second, third] = await entries.createMany([{ text: '1' }, { text: '2' }, { text: '3' }])
        await entries.delete(first?.id ?? '')
        expect(await entries.deleteMany({ text: { eq: '2' } })).toBe(1)
        expect(await entries.list({}, { scope: 'all' })).toEqual([third])
        expect(await entries.list({}, { scope: 'deleted' })).toEqual([])
        await expect(entries.restore(second?.id ?? '')).rejects.toMatchObject({ code: 'unsupported' })
        await expect(entries.update(third?.id ?? '', { text: 'x' }, { version: 1 })).rejects.toMatchObject({ code: 'unsupported' })
      })
    })
  })
}

/** One call of each method against the row of `id`; a method without a call here does not compile. */
function calls(entries: EntryRepository, id: string) {
  const where = { id: { eq: id } }
  return {
    find: () => entries.find(id),
    get: () => entries.get(id),
    findOne: () => entries.findOne(where),
    getOne: () => entries.getOne(where),
    getMany: () => entries.getMany([id]),
    list: () => entries.list(),
    page: () => entries.page(),
    seek: () => entries.seek(),
    count: () => entries.count(),
    exists: () => entries.exists(where),
    stream: () => collect(entries.stream()),
    create: () => entries.create({ text: 'new' }),
    createMany: () => entries.createMany([{ text: 'new' }]),
    update: () => entries.update(id, { text: 'taken' }),
    updateMany: () => entries.updateMany(where, { text: 'taken' }),
    upsert: () => entries.upsert({ text: 'new' }, ['text']),
    increment: () => entries.increment(id, {}),
    delete: () => entries.delete(id),
    deleteMany: () => entries.deleteMany(where),
    restore: () => entries.restore(id).catch(asRefusal),
    purge: () => entries.purge(id),
  } satisfies Record<keyof EntryRepository, () => Promise<unknown>>
}

/** Entries cannot be restored at all, which is said before the tenant is looked at. */
function asRefusal(error: unknown): never {
  if (error instanceof Error && 'code' in error && error.code === 'unsupported') {
    throw Object.assign(new Error(error.message), { code: 'invalid-value', entity: 'entries' })
  }
  throw error
}
