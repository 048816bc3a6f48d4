import { describe, expect, it } from 'vitest'
import type { LockOptions } from '../repository/repository.ts'
import type { Transaction } from '../repository/transaction.ts'
import { outsideTransaction } from '../repository/unit-of-work.ts'
import type { Specimen } from './entities.ts'
import { specimen, type OpenHarness, type Suite } from './harness.ts'

type LockedRead = (row: Specimen, options: LockOptions) => Promise<unknown>

function lockedReads({ specimens }: OpenHarness): Readonly<Record<string, LockedRead>> {
  return {
    find: ({ id }, options) => specimens.find(id, options),
    get: ({ id }, options) => specimens.get(id, options),
    findOne: ({ code }, options) => specimens.findOne({ code: { eq: code } }, options),
    getOne: ({ code }, options) => specimens.getOne({ code: { eq: code } }, options),
    getMany: ({ id }, options) => specimens.getMany([id], options),
    list: ({ code }, options) => specimens.list({ where: { code: { eq: code } } }, options),
  }
}

/** D4, row locks, where the store has them; elsewhere the proof that they are refused. */
export function describeLocks(suite: Suite): void {
  const { open, capabilities } = suite
  describe('row locks', () => {
    it('are Unsupported outside a transaction', async () => {
      const row = await open().specimens.create(specimen())
      for (const [method, read] of Object.entries(lockedReads(open()))) {
        for (const lock of ['update', 'share'] as const) {
          await expect(read(row, { lock }), method).rejects.toMatchObject({ code: 'unsupported' })
        }
      }
    })

    it('are Unsupported when only what to do about them is said', async () => {
      const row = await open().specimens.create(specimen())
      await open().transaction(async (tx) => {
        for (const [method, read] of Object.entries(lockedReads(open()))) {
          await expect(read(row, { tx, onLocked: 'skip' }), method).rejects.toMatchObject({ code: 'unsupported' })
        }
      })
    })

    if (capabilities.rowLocks) describeHeldLocks(suite)
    else describeNoLocks(suite)
  })
}

function describeNoLocks({ open }: Suite): void {
  it('are Unsupported inside a transaction, which goes on', async () => {
    const row = await open().specimens.create(specimen())
    await open().transaction(async (tx) => {
      for (const [method, read] of Object.entries(lockedReads(open()))) {
        await expect(read(row, { tx, lock: 'update', onLocked: 'skip' }), method).rejects.toMatchObject({ code: 'unsupported' })
      }
      await open().specimens.update(row.id, { amount: 1 }, { tx })
    })
    expect(await open().specimens.get(row.id)).toMatchObject({ amount: 1 })
  })
}

function describeHeldLocks({ open }: Suite): void {
  /** Runs `work` in a transaction of its own while another one holds the row. */
  async function whileHeld(row: Specimen, lock: 'update' | 'share', work: (tx: Transaction) => Promise<void>): Promise<void> {
    await open().transaction(async (holder) => {
      await open().specimens.get(row.id, { tx: holder, lock })
      await outsideTransaction(() => open().transaction(work, { retries: 0 }))
    })
  }

  it('hold for every reading method: nowait is LockTimeout, skip leaves the row out', async () => {
    const [row, free] = await open().specimens.createMany([specimen(), specimen()])
    if (row === undefined || free === undefined) throw new Error('two rows were created')
    const skipped: Readonly<Record<string, unknown>> = { find: undefined, findOne: undefined, getMany: [], list: [] }
    for (const [method, read] of Object.entries(lockedReads(open()))) {
      await open().transaction(async (holder) => {
        await read(row, { tx: holder, lock: 'update' })
        const refused = outsideTransaction(() => open().transaction((tx) => read(row, { tx, lock: 'update', onLocked: 'nowait' })))
        await expect(refused, method).rejects.toMatchObject({ code: 'lock-timeout' })
        await outsideTransaction(() =>
          open().transaction(async (tx) => {
            const options = { tx, lock: 'update', onLocked: 'skip' } as const
            const answer = read(row, options)
            if (method in skipped) expect(await answer, method).toEqual(skipped[method])
            else await expect(answer, method).rejects.toMatchObject({ code: 'not-found' })
            expect(await open().specimens.list({}, options)).toEqual([free])
          }),
        )
      })
    }
  })

  it('to share go together, and keep writers out', async () => {
    const row = await open().specimens.create(specimen())
    await whileHeld(row, 'share', async (tx) => {
      expect(await open().specimens.get(row.id, { tx, lock: 'share', onLocked: 'nowait' })).toEqual(row)
    })
    const write = whileHeld(row, 'share', async (tx) => {
      await open().specimens.get(row.id, { tx, lock: 'update', onLocked: 'nowait' })
    })
    await expect(write).rejects.toMatchObject({ code: 'lock-timeout' })
  })

  it('keep no reader without a lock waiting', async () => {
    const row = await open().specimens.create(specimen())
    await whileHeld(row, 'update', async (tx) => {
      expect(await open().specimens.get(row.id, { tx })).toEqual(row)
    })
  })

  it('let a waiting reader on when their transaction ends, with what it wrote', async () => {
    const row = await open().specimens.create(specimen())
    let waiting: Promise<Specimen> | undefined
    await open().transaction(async (holder) => {
      await open().specimens.get(row.id, { tx: holder, lock: 'update' })
      waiting = outsideTransaction(() => open().transaction((tx) => open().specimens.get(row.id, { tx, lock: 'update' })))
      waiting.catch(() => {})
      await open().specimens.update(row.id, { amount: 7 }, { tx: holder })
    })
    expect(await waiting).toMatchObject({ amount: 7 })
  })

  it('make read and write one step: of many at once none is lost', async () => {
    const { id } = await open().specimens.create(specimen())
    const add = () =>
      open().transaction(async (tx) => {
        const { amount } = await open().specimens.get(id, { tx, lock: 'update' })
        await open().specimens.update(id, { amount: amount + 1 }, { tx })
      })
    await Promise.all(Array.from({ length: 8 }, add))
    expect(await open().specimens.get(id)).toMatchObject({ amount: 8 })
  })

  it('hide deleted rows and those of other tenants as ever', async () => {
    const row = await open().specimens.create(specimen())
    await open().specimens.delete(row.id)
    await open().transaction(async (tx) => {
      expect(await open().specimens.find(row.id, { tx, lock: 'update' })).toBeUndefined()
      expect(await open().specimens.list({}, { tx, lock: 'share' })).toEqual([])
    })
  })
}
