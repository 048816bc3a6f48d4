import { getEventListeners } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { ReadOptions } from '../repository/repository.ts'
import type { Transaction } from '../repository/transaction.ts'
import { outsideTransaction } from '../repository/unit-of-work.ts'
import { everyMethod, type Call } from './every-method.ts'
import type { Specimen } from './entities.ts'
import { collect, specimen, type OpenHarness, type Suite } from './harness.ts'

const reason = new Error('no longer wanted')

/** D4, `signal`: the caller is free at once, with the reason that was given; what was aborted harms no other call. */
export function describeSignals(suite: Suite): void {
  const { open, logged, capabilities } = suite
  describe('signal', () => {
    const create = () => open().specimens.create(specimen({ name: 'one' }))

    function reads({ id }: Specimen): Readonly<Record<string, Call>> {
      const { specimens } = open()
      const where = { name: { eq: 'one' } } as const
      const aim = { id, where, fresh: () => specimen(), patch: {}, amounts: {}, uniqueKey: ['code'], shown: 'code' } as const
      const { find, get, findOne, getOne, getMany, list, page, seek, count, exists, stream, selecting, including } = everyMethod(
        specimens,
        aim,
      )
      return { find, get, findOne, getOne, getMany, list, page, seek, count, exists, stream, selecting, including }
    }

    it('refuses every read that is aborted before it begins, and asks nothing', async () => {
      const row = await create()
      const asked = logged().length
      for (const [method, call] of Object.entries(reads(row))) {
        await expect(call({ signal: AbortSignal.abort(reason) }), method).rejects.toBe(reason)
      }
      expect(logged()).toHaveLength(asked)
    })

    it('frees the caller of every read that is aborted under way', async () => {
      const row = await create()
      for (const [method, call] of Object.entries(reads(row))) {
        const controller = new AbortController()
        const answer = call({ signal: controller.signal })
        controller.abort(reason)
        await expect(answer, method).rejects.toBe(reason)
      }
      expect(await open().specimens.get(row.id)).toEqual(row)
    })

    it('changes nothing about an answer that was given, and leaves no listener behind', async () => {
      const row = await create()
      const controller = new AbortController()
      for (const call of Object.values(reads(row))) await call({ signal: controller.signal })
      expect(getEventListeners(controller.signal, 'abort')).toEqual([])
      controller.abort(reason)
      expect(await open().specimens.get(row.id)).toEqual(row)
    })

    it('ends a stream between two rows', async () => {
      await open().specimens.createMany(Array.from({ length: 1200 }, () => specimen()))
      const controller = new AbortController()
      let seen = 0
      const reading = (async () => {
        for await (const _ of open().specimens.stream({}, { signal: controller.signal })) {
          seen += 1
          if (seen === 10) controller.abort(reason)
        }
      })()
      await expect(reading).rejects.toBe(reason)
      expect(seen).toBe(10)
      expect(await open().specimens.count()).toBe(1200)
    })

    it('reaches the related rows of a view', async () => {
      const { id } = await open().articles.create({ title: 'One' })
      const view = open().articles.including({ remarks: true })
      await expect(view.get(id, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
      const controller = new AbortController()
      const answer = collect(view.stream({}, { signal: controller.signal }))
      controller.abort(reason)
      await expect(answer).rejects.toBe(reason)
    })

    it('reaches the rows that a filter asks for', async () => {
      const { id } = await open().articles.create({ title: 'One' })
      await open().remarks.create({ articleId: id, text: 'x', rank: 1 })
      const where = { exists: { remarks: { text: { eq: 'x' } } } }
      const controller = new AbortController()
      const { signal } = controller
      expect(await open().articles.list({ where }, { signal })).toMatchObject([{ id }])
      const answer = open().articles.count(where, { signal })
      controller.abort(reason)
      await expect(answer).rejects.toBe(reason)
      await expect(open().articles.exists(where, { signal })).rejects.toBe(reason)
    })

    it('leaves a transaction usable', async () => {
      const row = await create()
      await open().transaction(async (tx) => {
        const controller = new AbortController()
        const answer = open().specimens.list({}, { tx, signal: controller.signal })
        controller.abort(reason)
        await expect(answer).rejects.toBe(reason)
        await open().specimens.update(row.id, { amount: 5 }, { tx })
      })
      expect(await open().specimens.get(row.id)).toMatchObject({ amount: 5 })
    })

    it('of one caller frees no other that asks for the same', async () => {
      const row = await create()
      const controller = new AbortController()
      const { signal } = controller
      const asked = [{}, { signal }, {}, { signal }, {}].map((options: ReadOptions) => open().specimens.get(row.id, options))
      await nextTurn()
      controller.abort(reason)
      const outcomes = await Promise.allSettled(asked)
      for (const index of [0, 2, 4]) expect(outcomes[index]).toEqual({ status: 'fulfilled', value: row })
      for (const index of [1, 3]) {
        expect([
          { status: 'rejected', reason },
          { status: 'fulfilled', value: row },
        ]).toContainEqual(outcomes[index])
      }
    })

    if (capabilities.rowLocks) describeAbortedWaits(suite)
  })
}

function describeAbortedWaits({ open }: Suite): void {
  it('frees a caller who waits for a lock', async () => {
    const row = await open().specimens.create(specimen())
    await open().transaction(async (holder) => {
      await open().specimens.get(row.id, { tx: holder, lock: 'update' })
      const waiting = outsideTransaction(() => open().transaction((tx) => abortedWait(open(), row.id, tx)))
      await expect(waiting).rejects.toBe(reason)
    })
    expect(await open().specimens.get(row.id)).toEqual(row)
  })
}

async function abortedWait({ specimens }: OpenHarness, id: string, tx: Transaction): Promise<void> {
  const controller = new AbortController()
  const answer = specimens.get(id, { tx, lock: 'update', signal: controller.signal })
  await nextTurn()
  controller.abort(reason)
  await answer
}
