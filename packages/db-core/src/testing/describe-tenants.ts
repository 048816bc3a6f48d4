import { describe, expect, it } from 'vitest'
import { everyMethod } from './every-method.ts'
import { runAs } from '../mixins/actor.ts'
import { runInTenant, unscoped } from '../mixins/tenant.ts'
import type { Entry, EntryRepository } from './entities.ts'
import { inTenant, type Suite } from './harness.ts'

/** D3 and D10: an audited write names its actor, and another tenant's rows do not exist. */
export function describeTenants({ open }: Suite): void {
  describe('tenants and actors', () => {
    async function foreignEntry(): Promise<Entry> {
      return inTenant('b', () => open().entries.create({ text: 'secret of b' }))
    }

    it('a new row belongs to the tenant and names its actor; an update names the next', async () => {
      const row = await inTenant('a', () => open().entries.create({ text: 'x' }))
      expect(row).toMatchObject({ tenantId: 'a', createdBy: 'user of a', updatedBy: 'user of a' })
      const changed = await runAs('another', () => runInTenant('a', () => open().entries.update(row.id, { text: 'y' })))
      expect(changed).toEqual({ ...row, text: 'y', updatedBy: 'another' })
    })

    it('every method refuses to run without a tenant', async () => {
      const { id } = await foreignEntry()
      for (const [method, call] of Object.entries(callsAt(open().entries, id))) {
        const refusal = { code: unaddressed.has(method) ? expect.stringMatching(/^(invalid-value|unsupported)$/) : 'invalid-value' }
        await expect(runAs('someone', call), method).rejects.toMatchObject({ ...refusal, entity: 'entries' })
      }
      expect(await inTenant('b', () => open().entries.count())).toBe(1)
    })

    it('every write refuses to run without an actor', async () => {
      const { id } = await foreignEntry()
      const { create, createMany, update, updateMany, upsert, upsertMany } = callsAt(open().entries, id)
      for (const call of [create, createMany, update, updateMany, upsert, upsertMany]) {
        await expect(runInTenant('b', call)).rejects.toMatchObject({ code: 'invalid-value', entity: 'entries' })
      }
      expect(await inTenant('b', () => open().entries.list())).toMatchObject([{ text: 'secret of b' }])
    })

    it('two tenants may hold the same key, and an upsert keeps to its own', async () => {
      const foreign = await foreignEntry()
      const { entries } = open()
      await inTenant('a', async () => {
        expect(await entries.upsert({ text: foreign.text }, ['text'])).toMatchObject({ created: true, row: { tenantId: 'a' } })
        expect(await entries.upsert({ text: foreign.text }, ['text'])).toMatchObject({ created: false, row: { tenantId: 'a' } })
        await expect(entries.create({ text: foreign.text })).rejects.toMatchObject({ code: 'conflict', fields: ['tenantId', 'text'] })
      })
      expect(await inTenant('b', () => open().entries.list())).toEqual([foreign])
    })

    it("an upsert never takes over another tenant's row", async () => {
      const foreign = await foreignEntry()
      const { entries } = open()
      await inTenant('a', async () => {
        await expect(entries.upsert({ id: foreign.id, text: 'taken' }, ['id'])).rejects.toMatchObject({ code: 'conflict', fields: ['id'] })
      })
      expect(await inTenant('b', () => open().entries.list())).toEqual([foreign])
    })

    it('leaving the tenants behind needs a reason, which is logged, and stamps no new row', async () => {
      await foreignEntry()
      await inTenant('a', () => open().entries.create({ text: 'of a' }))
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
      const { entries } = open()
      await inTenant('a', async () => {
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

/** Entries have no soft delete at all, which may be said before the tenant is looked at. */
const unaddressed: ReadonlySet<string> = new Set(['softDelete', 'restore'])

function callsAt(entries: EntryRepository, id: string) {
  let count = 0
  const fresh = () => ({ text: `new ${(count += 1)}` })
  return everyMethod(entries, {
    id,
    where: { id: { eq: id } },
    fresh,
    patch: { text: 'taken' },
    amounts: {},
    uniqueKey: ['text'],
    shown: 'text',
  })
}
