import { describe, expect, it } from 'vitest'
import { LockTimeoutError } from '../src/errors/repository-error.ts'
import { acquireLease } from '../src/mongo/index.ts'
import { failureOf, useMongo } from './support/mongo.ts'
import { endLease } from './support/mongo-migrations.ts'

describe('a lease', () => {
  const fixture = useMongo([])
  const acquire = (name: string, waitMs = 1000) => acquireLease(fixture.database, { name, waitMs })

  it('is had by one at a time, and is free again when its holder is gone', async () => {
    const first = await acquire('work')
    expect(await failureOf(acquire('work', 300))).toBeInstanceOf(LockTimeoutError)
    await first.requireHeld()
    await endLease(fixture.database, 'work')
    const second = await acquire('work')
    expect(second.token).toBeGreaterThan(first.token)
    expect(await failureOf(first.requireHeld())).toBeInstanceOf(LockTimeoutError)
    expect(first.signal.aborted).toBe(true)
    await first.release()
    await second.requireHeld()
    await second.release()
  })

  it('is had by one of many who ask for it at the same time, for the first time and after that', async () => {
    for (const name of ['first', 'second']) {
      for (let round = 0; round < 2; round += 1) {
        const asked = Array.from({ length: 12 }, () => acquire(name, 0))
        const outcomes = await Promise.allSettled(asked)
        const held = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
        expect(held).toHaveLength(1)
        for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(LockTimeoutError)
        await held[0]?.release()
      }
    }
  })

  it('lives on while its holder does', async () => {
    const lease = await acquireLease(fixture.database, { name: 'long', waitMs: 1000, lifeMs: 300 })
    expect(await failureOf(acquire('long', 900))).toBeInstanceOf(LockTimeoutError)
    await lease.requireHeld()
    await lease.release()
  })

  it('tells its holder by a signal that it was lost, without being asked', async () => {
    const lease = await acquireLease(fixture.database, { name: 'short', waitMs: 1000, lifeMs: 300 })
    const lost = new Promise((resolve) => lease.signal.addEventListener('abort', () => resolve(lease.signal.reason)))
    await endLease(fixture.database, 'short')
    expect(await lost).toBeInstanceOf(LockTimeoutError)
  })

  it('lets no transaction of a former holder be committed', async () => {
    const rows = fixture.database.driver.collection('fenced')
    await rows.insertOne({ kind: 'before' })
    const former = await acquire('fenced')
    const write = (kind: string, meanwhile: () => Promise<void>) =>
      fixture.database.transaction(async (tx) => {
        await rows.insertOne({ kind }, { session: tx.session })
        await meanwhile()
        await former.fence(tx)
      })
    await write('held', async () => {})
    const [reached, taken] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const late = failureOf(
      write('lost', () => {
        reached.resolve()
        return taken.promise
      }),
    )
    await reached.promise
    await endLease(fixture.database, 'fenced')
    await acquire('fenced')
    taken.resolve()
    expect(await late).toBeInstanceOf(LockTimeoutError)
    expect((await rows.find().toArray()).map((row) => row['kind'])).toEqual(['before', 'held'])
  })
})
