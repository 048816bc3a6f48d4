import { describe, expect, it } from 'vitest'
import { SerializationError } from '../errors/repository-error.ts'
import type { Transaction } from '../repository/transaction.ts'
import { outsideTransaction } from '../repository/unit-of-work.ts'
import { everyMethod } from './every-method.ts'
import type { SpecimenRepository } from './entities.ts'
import { collect, specimen, type Suite } from './harness.ts'

/** D12, as repositories see it: a call joins the transaction it is given, and no other. */
export function describeTransactions({ open, harness }: Suite): void {
  describe('transactions', () => {
    it('commit every kind of write together', async () => {
      const { specimens, transaction } = open()
      const row = await specimens.create(specimen({ code: 'x' }))
      await transaction((tx) => writeAll(specimens, row.id, tx))
      expect(await specimens.count({}, { scope: 'all' })).toBe(5)
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
        expect(await outsideTransaction(() => specimens.count())).toBe(0)
      })
      expect(await specimens.count()).toBe(1)
    })

    it('change what is read outside by their commit and by nothing else, also for those who had read it before', async () => {
      const { specimens, transaction } = open()
      const { id } = await specimens.create(specimen({ name: 'one' }))
      const seen = async () => [
        (await specimens.get(id)).amount,
        (await specimens.getOne({ name: { eq: 'one' } })).amount,
        (await specimens.list({ where: { name: { eq: 'one' } } }))[0]?.amount,
        await specimens.count({ amount: { gt: 0 } }),
      ]
      expect(await seen()).toEqual([0, 0, 0, 0])
      const undone = new Error('taken back')
      const attempt = transaction(async (tx) => {
        await specimens.update(id, { amount: 9 }, { tx })
        expect(await outsideTransaction(seen)).toEqual([0, 0, 0, 0])
        throw undone
      })
      await expect(attempt).rejects.toBe(undone)
      expect(await seen()).toEqual([0, 0, 0, 0])
      await transaction(async (tx) => {
        await specimens.update(id, { amount: 5 }, { tx })
        expect(await outsideTransaction(seen)).toEqual([0, 0, 0, 0])
      })
      expect(await seen()).toEqual([5, 5, 5, 1])
    })

    it('are refused by every call that forgets them, before any row is touched', async () => {
      const { specimens, transaction } = open()
      const row = await specimens.create(specimen({ name: 'one' }))
      await transaction(async () => {
        for (const [method, call] of Object.entries(callsAt(specimens, row.id))) {
          await expect(call(), method).rejects.toMatchObject({ code: 'unsupported' })
        }
        expect(await outsideTransaction(() => specimens.list())).toEqual([row])
      })
      expect(await specimens.list({}, { scope: 'all' })).toEqual([row])
    })

    it('are refused by every method when another store opened them, before any row is touched', async () => {
      const { specimens } = open()
      const row = await specimens.create(specimen({ name: 'one' }))
      for (const [method, call] of Object.entries(callsAt(specimens, row.id))) {
        await expect(call({ tx: harness.foreignTransaction }), method).rejects.toMatchObject({ code: 'unsupported' })
      }
      expect(await specimens.list({}, { scope: 'all' })).toEqual([row])
    })

    it('are refused by every method once they are over', async () => {
      const { specimens, transaction } = open()
      const row = await specimens.create(specimen({ name: 'one' }))
      const over = await transaction((tx) => Promise.resolve(tx))
      for (const [method, call] of Object.entries(callsAt(specimens, row.id))) {
        await expect(call({ tx: over }), method).rejects.toMatchObject({ code: 'unsupported' })
      }
      expect(await specimens.list({}, { scope: 'all' })).toEqual([row])
    })

    it('do not open inside another by mistake', async () => {
      const { transaction } = open()
      await transaction(async () => {
        await expect(transaction(() => Promise.resolve())).rejects.toMatchObject({ code: 'unsupported' })
      })
    })

    it('are tried again after a serialization failure, at most as often as was said', async () => {
      const { specimens, transaction } = open()
      let attempts = 0
      const failing = async (tx: Transaction) => {
        attempts += 1
        await specimens.create(specimen({ code: `attempt ${attempts}` }), { tx })
        if (attempts < 3) throw new SerializationError('made by the test')
      }
      await transaction(failing)
      expect(await specimens.list()).toMatchObject([{ code: 'attempt 3' }])
      attempts = -10
      await expect(transaction(failing, { retries: 2 })).rejects.toMatchObject({ code: 'serialization' })
      expect(attempts).toBe(-7)
      expect(await specimens.count()).toBe(1)
    })

    it('are not tried again after any other failure', async () => {
      let attempts = 0
      const attempt = open().transaction((tx) => {
        attempts += 1
        return open().specimens.get(harness.missingId, { tx })
      })
      await expect(attempt).rejects.toMatchObject({ code: 'not-found' })
      expect(attempts).toBe(1)
    })

    it('run work after their commit, in order, and only then', async () => {
      const { specimens, transaction } = open()
      const seen: unknown[] = []
      await transaction(async (tx) => {
        tx.afterCommit(async () => void seen.push(await specimens.count()))
        tx.afterCommit(() => Promise.reject(new Error('harms no other')))
        tx.afterCommit(() => void seen.push('last'))
        await specimens.create(specimen(), { tx })
        expect(seen).toEqual([])
      })
      expect(seen).toEqual([1, 'last'])
    })

    it('run no work of an attempt that was rolled back', async () => {
      const { transaction } = open()
      const seen: string[] = []
      const undone = new Error('taken back')
      const attempt = transaction((tx) => {
        tx.afterCommit(() => void seen.push('rolled back'))
        return Promise.reject(undone)
      })
      await expect(attempt).rejects.toBe(undone)
      let attempts = 0
      await transaction((tx) => {
        attempts += 1
        const name = `attempt ${attempts}`
        tx.afterCommit(() => void seen.push(name))
        return attempts === 1 ? Promise.reject(new SerializationError('made by the test')) : Promise.resolve()
      })
      expect(seen).toEqual(['attempt 2'])
    })

    it('that wait longer than their time are rolled back', async () => {
      const { specimens, transaction } = open()
      const attempt = transaction(
        async (tx) => {
          await specimens.create(specimen(), { tx })
          await new Promise(() => {})
        },
        { timeoutMs: 50 },
      )
      await expect(attempt).rejects.toMatchObject({ code: 'statement-timeout' })
      expect(await specimens.count()).toBe(0)
    })
  })
}

function callsAt(specimens: SpecimenRepository, id: string) {
  const where = { name: { eq: 'one' } } as const
  const patch = { name: 'two' }
  return everyMethod(specimens, { id, where, fresh: () => specimen(), patch, amounts: { amount: 1 }, uniqueKey: ['code'], shown: 'code' })
}

/** Leaves a live row, a live upserted one, a live second one, a deleted third and a deleted fifth one. */
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
  const [fifth] = await specimens.upsertMany([specimen({ code: 'fifth' })], ['code'], { tx })
  await specimens.softDelete(fifth?.row.id ?? '', { tx })
}
