import { describe, expect, it } from 'vitest'
import { SerializationError } from '../errors/repository-error.ts'
import { failureOf, specimen, type Suite } from './harness.ts'

/** D12, savepoints, where the store has them; elsewhere the proof that they are refused. */
export function describeNestedTransactions(suite: Suite): void {
  describe('transactions inside a transaction', () => {
    if (suite.capabilities.savepoints) describeSavepoints(suite)
    else describeNoSavepoints(suite)
  })
}

function describeNoSavepoints({ open }: Suite): void {
  it('are Unsupported before their work begins, and the outer one goes on', async () => {
    let ran = false
    await open().transaction(async (tx) => {
      const nested = tx.transaction(() => {
        ran = true
        return Promise.resolve()
      })
      await expect(nested).rejects.toMatchObject({ code: 'unsupported' })
      await open().specimens.create(specimen({ code: 'outer' }), { tx })
    })
    expect(ran).toBe(false)
    expect(await open().specimens.list()).toMatchObject([{ code: 'outer' }])
  })
}

function describeSavepoints({ open }: Suite): void {
  const codes = async () => (await open().specimens.list()).map(({ code }) => code).toSorted()
  const undone = new Error('taken back')

  it('are undone alone, and the outer one goes on', async () => {
    await open().transaction(async (tx) => {
      await open().specimens.create(specimen({ code: 'before' }), { tx })
      const nested = tx.transaction(async (inner) => {
        await open().specimens.create(specimen({ code: 'inner' }), { tx: inner })
        throw undone
      })
      await expect(nested).rejects.toBe(undone)
      await tx.transaction(async (inner) => void (await open().specimens.create(specimen({ code: 'kept' }), { tx: inner })))
      await open().specimens.create(specimen({ code: 'after' }), { tx })
    })
    expect(await codes()).toEqual(['after', 'before', 'kept'])
  })

  it('are cured of a failed statement, which would end the outer one', async () => {
    await open().specimens.create(specimen({ code: 'taken' }))
    await open().transaction(async (tx) => {
      const nested = tx.transaction((inner) => open().specimens.create(specimen({ code: 'taken' }), { tx: inner }))
      await expect(nested).rejects.toMatchObject({ code: 'conflict' })
      await open().specimens.create(specimen({ code: 'after' }), { tx })
    })
    expect(await codes()).toEqual(['after', 'taken'])
  })

  it('are undone with the outer one, and nest', async () => {
    const attempt = open().transaction(async (tx) => {
      await tx.transaction(async (middle) => {
        await open().specimens.create(specimen({ code: 'middle' }), { tx: middle })
        const inner = middle.transaction(async (deep) => {
          await open().specimens.create(specimen({ code: 'deep' }), { tx: deep })
          throw undone
        })
        await expect(inner).rejects.toBe(undone)
      })
      expect((await open().specimens.list({}, { tx })).map(({ code }) => code)).toEqual(['middle'])
      throw undone
    })
    await expect(attempt).rejects.toBe(undone)
    expect(await codes()).toEqual([])
  })

  it('hand their work for after the commit to the outer one, unless they are undone', async () => {
    const ran: string[] = []
    await open().transaction(async (tx) => {
      await tx.transaction((inner) => {
        inner.afterCommit(() => void ran.push('kept'))
        return Promise.resolve()
      })
      const nested = tx.transaction((inner) => {
        inner.afterCommit(() => void ran.push('undone'))
        return Promise.reject(undone)
      })
      await expect(nested).rejects.toBe(undone)
      expect(ran).toEqual([])
    })
    expect(ran).toEqual(['kept'])
  })

  it('leave the retry of a serialization failure to the outermost', async () => {
    const attempts = { outer: 0, inner: 0 }
    await open().transaction(async (tx) => {
      attempts.outer += 1
      await tx.transaction((inner) => {
        attempts.inner += 1
        if (attempts.outer < 3) return Promise.reject(new SerializationError('made by the test'))
        return open().specimens.create(specimen({ code: 'third' }), { tx: inner })
      })
    })
    expect(attempts).toEqual({ outer: 3, inner: 3 })
    expect(await codes()).toEqual(['third'])
  })

  it('are open one at a time', async () => {
    const refusals: unknown[] = []
    await open().transaction(async (tx) => {
      const create = (code: string) => tx.transaction((inner) => open().specimens.create(specimen({ code }), { tx: inner }))
      const [first, second] = await Promise.allSettled([create('first'), create('second')])
      expect(first).toMatchObject({ status: 'fulfilled' })
      if (second?.status === 'rejected') refusals.push(second.reason)
      await create('third')
    })
    expect(refusals).toMatchObject([{ code: 'unsupported' }])
    expect(await codes()).toEqual(['first', 'third'])
  })

  it('are good for nothing once they are over', async () => {
    await open().transaction(async (tx) => {
      const over = await tx.transaction((inner) => Promise.resolve(inner))
      expect(await failureOf(open().specimens.create(specimen(), { tx: over }))).toMatchObject({ code: 'unsupported' })
    })
    expect(await codes()).toEqual([])
  })
}
