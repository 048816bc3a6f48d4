import { describe, expect, it } from 'vitest'
import { outsideTransaction } from '../repository/unit-of-work.ts'
import type { Specimen } from './entities.ts'
import { failureOf, inTenant, specimen, type Suite } from './harness.ts'

/** Concurrent reads by key may share a statement, and nothing else. */
export function describeJoinedReads({ open, harness }: Suite): void {
  describe('concurrent reads by id', () => {
    async function rows(count: number): Promise<Specimen[]> {
      return open().specimens.createMany(Array.from({ length: count }, (_, amount) => specimen({ amount, name: `n${amount}` })))
    }

    it('get exactly their own answers: present, missing, malformed, deleted, twice, in any scope', async () => {
      const { specimens } = open()
      const created = await rows(20)
      const [gone, ...live] = created
      const [first, second, third] = live
      if (!gone || !first || !second || !third) throw new Error('twenty rows were created')
      await specimens.delete(gone.id)
      const deleted = await specimens.get(gone.id, { scope: 'deleted' })
      const { missingId, malformedId } = harness
      const notFound = { code: 'not-found', entity: 'specimens' }
      const malformed = { code: 'invalid-value', fields: ['id'] }
      await Promise.all([
        ...live.map(async (row) => expect(await specimens.find(row.id)).toEqual(row)),
        ...live.map(async (row) => expect(await specimens.get(row.id, { scope: 'all' })).toEqual(row)),
        ...live.map(async ({ id }) => expect(await specimens.find(id, { scope: 'deleted' })).toBeUndefined()),
        expect(specimens.find(missingId)).resolves.toBeUndefined(),
        expect(specimens.get(missingId)).rejects.toMatchObject(notFound),
        expect(specimens.find(malformedId)).rejects.toMatchObject(malformed),
        expect(specimens.get(malformedId)).rejects.toMatchObject(malformed),
        expect(specimens.getMany([first.id, malformedId])).rejects.toMatchObject(malformed),
        expect(specimens.getMany([third.id, missingId, first.id, third.id, gone.id])).resolves.toEqual([third, first]),
        expect(specimens.getMany([second.id, gone.id], { scope: 'all' })).resolves.toEqual([second, deleted]),
        expect(specimens.getMany([second.id, gone.id], { scope: 'deleted' })).resolves.toEqual([deleted]),
        expect(specimens.getMany([])).resolves.toEqual([]),
        expect(specimens.get(gone.id)).rejects.toMatchObject(notFound),
        expect(specimens.get(gone.id, { scope: 'deleted' })).resolves.toEqual(deleted),
        expect(specimens.get(first.id.toUpperCase())).resolves.toEqual(first),
        expect(specimens.selecting(['code']).get(first.id)).resolves.toEqual({ id: first.id, code: first.code }),
        expect(specimens.selecting(['name']).getMany([first.id])).resolves.toEqual([{ id: first.id, name: first.name }]),
      ])
    })

    it('keep to their tenants', async () => {
      const { entries } = open()
      const tenants = ['a', 'b', 'c']
      const owned = await Promise.all(tenants.map((tenant) => inTenant(tenant, () => entries.create({ text: `of ${tenant}` }))))
      const asked = tenants.flatMap((tenant) =>
        owned.map(async (row) => {
          const found = await inTenant(tenant, () => entries.find(row.id))
          expect(found).toEqual(row.tenantId === tenant ? row : undefined)
          const many = await inTenant(tenant, () => entries.getMany(owned.map(({ id }) => id)))
          expect(many.map(({ tenantId }) => tenantId)).toEqual([tenant])
        }),
      )
      const without = owned.map(async ({ id }) => expect(await failureOf(entries.find(id))).toMatchObject({ code: 'invalid-value' }))
      await Promise.all([...asked, ...without])
    })

    it('own their rows: changing one answer changes no other', async () => {
      const { specimens } = open()
      const row = await specimens.create(specimen({ name: 'one', at: new Date(5) }))
      const [left, right, many] = await Promise.all([specimens.get(row.id), specimens.find(row.id), specimens.getMany([row.id])])
      left.at?.setTime(9)
      Object.assign(left, { name: 'changed' })
      expect(right).toEqual(row)
      expect(many).toEqual([row])
      expect(await specimens.get(row.id)).toEqual(row)
    })

    it('see the writes that were done before they were asked', async () => {
      const { specimens } = open()
      const { id } = await specimens.create(specimen())
      const turns = Array.from({ length: 10 }, (_, turn) => turn + 1)
      for (const turn of turns) {
        const others = turns.map(() => specimens.get(id))
        await specimens.update(id, { amount: turn })
        expect((await specimens.get(id)).amount).toBe(turn)
        await Promise.all(others)
      }
    })

    it('are refused for themselves when they forget their transaction', async () => {
      const { specimens, transaction } = open()
      const row = await specimens.create(specimen())
      await transaction(async (tx) => {
        const inside = await specimens.update(row.id, { amount: 5 }, { tx })
        const [before, forgotten, joined, after] = await Promise.all([
          outsideTransaction(() => specimens.get(row.id)),
          failureOf(specimens.get(row.id)),
          specimens.get(row.id, { tx }),
          outsideTransaction(() => specimens.get(row.id)),
        ])
        expect([before, after]).toEqual([row, row])
        expect(forgotten).toMatchObject({ code: 'unsupported' })
        expect(joined).toEqual(inside)
      })
    })
  })
}

/** Concurrent inserts of single rows may share a commit, and nothing else. */
export function describeJoinedWrites({ open }: Suite): void {
  describe('concurrent creates of a repository that joins them', () => {
    it('get each their own row', async () => {
      const { joinedSpecimens: specimens } = open()
      const inputs = Array.from({ length: 200 }, (_, amount) => specimen({ amount, ...(amount % 2 === 0 && { name: `n${amount}` }) }))
      const created = await Promise.all(inputs.map((input) => specimens.create(input)))
      expect(created.map(({ code, amount, name }) => [code, amount, name])).toEqual(
        inputs.map(({ code, amount, name }) => [code, amount, name ?? null]),
      )
      expect(new Set(created.map(({ id }) => id)).size).toBe(200)
      for (const row of created.slice(0, 5)) expect(await open().specimens.get(row.id)).toEqual(row)
      expect(await open().specimens.count()).toBe(200)
    })

    it('get each their own error when some are refused', async () => {
      const { joinedSpecimens: specimens } = open()
      await specimens.create(specimen({ code: 'taken' }))
      const inputs = Array.from({ length: 60 }, (_, index) => {
        if (index % 20 === 3) return specimen({ code: 'taken' })
        if (index % 20 === 7) return specimen({ amount: -1 })
        if (index % 20 === 11) return specimen({ name: 'a\0b' })
        return specimen({ amount: index })
      })
      const outcomes = await Promise.allSettled(inputs.map((input) => specimens.create(input)))
      for (const [index, outcome] of outcomes.entries()) {
        const code = { 3: 'conflict', 7: 'check', 11: 'invalid-value' }[index % 20]
        const own =
          code === undefined ? { status: 'fulfilled', value: { code: inputs[index]?.code } } : { status: 'rejected', reason: { code } }
        expect(outcome).toMatchObject(own)
      }
      expect(await open().specimens.count()).toBe(52)
    })

    it('of one key: one wins, and every other is a Conflict', async () => {
      const { joinedSpecimens: specimens } = open()
      const outcomes = await Promise.allSettled(Array.from({ length: 30 }, () => specimens.create(specimen({ code: 'same' }))))
      const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
      expect(refused).toHaveLength(29)
      for (const reason of refused) expect(reason).toMatchObject({ code: 'conflict', entity: 'specimens', fields: ['code'] })
      expect(await open().specimens.count()).toBe(1)
    })

    it('join no transaction but their own', async () => {
      const { joinedSpecimens: specimens, transaction } = open()
      const undone = new Error('taken back')
      let outside: Promise<unknown> = Promise.resolve()
      const attempt = transaction(async (tx) => {
        // Not awaited here: where one writer at a time is all there can be, it is let in when the transaction is over.
        outside = outsideTransaction(() => specimens.create(specimen({ code: 'outside' })))
        await Promise.all([
          specimens.create(specimen({ code: 'inside' }), { tx }),
          expect(specimens.create(specimen({ code: 'forgotten' }))).rejects.toMatchObject({ code: 'unsupported' }),
        ])
        throw undone
      })
      await expect(attempt).rejects.toBe(undone)
      await outside
      expect(await open().specimens.list()).toMatchObject([{ code: 'outside' }])
    })
  })
}
