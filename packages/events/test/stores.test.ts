import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openMongoStore, openPostgresStore, type OpenStore } from './conformance/stores.ts'
import { append, registered } from './conformance/world.ts'

describeStore('PostgreSQL', openPostgresStore)
describeStore('MongoDB', openMongoStore)

function describeStore<Tx>(name: string, openStore: () => Promise<OpenStore<Tx>>): void {
  describe(`the outbox in ${name}`, () => {
    const given = useStore(openStore)
    const claim = (leaseMs = 60_000, limit = 100) => given.store.events.outbox.claim({ subscriber: 'orders', limit, leaseMs })
    const subjectsOf = (claimed: Awaited<ReturnType<typeof claim>>) => claimed.deliveries.map(({ event }) => event.subject)

    it('gives each delivery to one of many relays', async () => {
      await append(
        given.store,
        Array.from({ length: 60 }, (_, index) => registered(`s${index}`, 1)),
      )
      const claims = await Promise.all(Array.from({ length: 6 }, () => claim(60_000, 20)))
      const claimed = claims.flatMap(subjectsOf)
      expect(new Set(claimed).size).toBe(claimed.length)
      expect([...claimed, ...subjectsOf(await claim())]).toHaveLength(60)
    })

    it('gives of a subject the lowest sequence alone, in whatever order they were written, until that one is gone', async () => {
      await append(given.store, [registered('a', 3), registered('a', 2), registered('b', 7), registered('a', 10)])
      const first = await claim()
      expect(first.deliveries.map(({ event }) => event.sequence)).toEqual([2, 7])
      expect((await claim()).deliveries).toEqual([])
      await given.store.events.outbox.remove(first.deliveries.map(({ id }) => id))
      expect((await claim()).deliveries.map(({ event }) => event.sequence)).toEqual([3])
    })

    it('gives what was claimed to another when the lease has ended, and then takes no answer of the first but that it is delivered', async () => {
      const { outbox } = given.store.events
      await append(given.store, [registered('a', 1)])
      const lost = await claim(0)
      const taken = await claim()
      expect(taken.deliveries).toEqual(lost.deliveries)
      const ids = lost.deliveries.map(({ id }) => id)
      await outbox.release(lost.lease, ids)
      await outbox.postpone(lost.lease, [{ id: ids[0] ?? '', pauseMs: 0 }], 'late')
      expect((await claim()).deliveries).toEqual([])
      await outbox.remove(ids)
      expect((await outbox.depth()).size).toBe(0)
    })

    it('counts refusals but no releases, and holds what was postponed back', async () => {
      const { outbox } = given.store.events
      await append(given.store, [registered('a', 1), registered('b', 1)])
      const { lease, deliveries } = await claim()
      const [a, b] = deliveries
      if (a === undefined || b === undefined) throw new Error('two deliveries are due')
      await outbox.release(lease, [a.id])
      await outbox.postpone(lease, [{ id: b.id, pauseMs: 0 }], 'refused')
      const again = await claim()
      expect(again.deliveries.map(({ event, refusals }) => [event.subject, refusals])).toEqual([['a', 0], ['b', 1]]) // prettier-ignore
      await outbox.postpone(again.lease, [{ id: b.id, pauseMs: 60_000 }], 'refused')
      await outbox.release(again.lease, [a.id])
      expect(subjectsOf(await claim())).toEqual(['a'])
    })

    it('tells how many wait for each subscriber, and how long', async () => {
      const { outbox } = given.store.events
      expect(await outbox.depth()).toEqual(new Map())
      await append(given.store, [registered('a', 1), registered('a', 2)])
      const depth = (await outbox.depth()).get('orders')
      expect(depth?.waiting).toBe(2)
      expect(depth?.oldestSeconds).toBeGreaterThanOrEqual(0)
    })
  })

  describe(`the inbox in ${name}`, () => {
    const given = useStore(openStore)
    const failure = { consumer: 'c', event: { id: 'e1', $odd: 'a.b', type: '$type' }, reason: '$why' }

    it('admits an event once for each consumer', async () => {
      const { inbox } = given.store.events
      const admit = (consumer: string, ids: readonly string[]) => inbox.transaction((tx) => inbox.admit(consumer, ids, tx))
      expect(await admit('one', ['x', 'y'])).toEqual(new Set(['x', 'y']))
      expect(await admit('one', ['y', 'z'])).toEqual(new Set(['z']))
      expect(await admit('two', ['y'])).toEqual(new Set(['y']))
    })

    it('admits an event to one of many who apply it at once', async () => {
      const { inbox } = given.store.events
      const ids = ['e', 'd', 'c', 'b', 'a']
      const admit = (index: number) => inbox.transaction((tx) => inbox.admit('c', index % 2 === 0 ? ids : ids.toReversed(), tx))
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, (_, index) => admit(index)))
      const admitted = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [...outcome.value] : []))
      expect(admitted.toSorted()).toEqual(ids.toSorted())
      for (const outcome of outcomes) expect(outcome).toSatisfy((one) => one.status === 'fulfilled' || one.reason.retryable)
    })

    it('counts failures, gives a due one to one worker, parks it, and drives it again', async () => {
      const { inbox } = given.store.events
      await inbox.fail({ ...failure, eventId: 'e1', pauseMs: 0 })
      const claimed = await inbox.claimFailed({ limit: 10, leaseMs: 60_000 })
      expect(claimed).toMatchObject([{ consumer: 'c', eventId: 'e1', event: failure.event, failures: 1, lastError: '$why' }])
      expect(await inbox.claimFailed({ limit: 10, leaseMs: 60_000 })).toEqual([])
      await inbox.fail({ ...failure, eventId: 'e1', pauseMs: undefined })
      await inbox.fail({ ...failure, eventId: 'e2', pauseMs: 60_000 })
      expect(await inbox.failedDepth()).toEqual({ waiting: 1, parked: 1 })
      const parked = await inbox.listFailed({ parkedOnly: true, limit: 10 })
      expect(parked).toMatchObject([{ eventId: 'e1', failures: 2, parkedAt: expect.any(Date) }])
      expect(await inbox.redrive('e1')).toBe(1)
      expect(await inbox.redrive()).toBe(2)
      expect((await inbox.claimFailed({ limit: 10, leaseMs: 60_000 })).map(({ failures }) => failures)).toEqual([0, 0])
    })

    it('forgets a failure with the transaction that made it good', async () => {
      const { inbox } = given.store.events
      await inbox.fail({ ...failure, eventId: 'e1', pauseMs: 0 })
      const undone = inbox.transaction(async (tx) => {
        await inbox.forget('c', 'e1', tx)
        throw new Error('undone')
      })
      await expect(undone).rejects.toThrow('undone')
      expect(await inbox.failedDepth()).toEqual({ waiting: 1, parked: 0 })
      await inbox.transaction((tx) => inbox.forget('c', 'e1', tx))
      expect(await inbox.failedDepth()).toEqual({ waiting: 0, parked: 0 })
    })

    it('forgets old notes, some at a time, and keeps the young', async () => {
      const { inbox } = given.store.events
      await inbox.transaction((tx) => inbox.admit('c', ['1', '2', '3', '4', '5'], tx))
      await given.store.age(8)
      await inbox.transaction((tx) => inbox.admit('c', ['6'], tx))
      expect(await inbox.purge({ days: 7, limit: 3 })).toBe(3)
      expect(await inbox.purge({ days: 7, limit: 3 })).toBe(2)
      expect(await inbox.purge({ days: 7, limit: 3 })).toBe(0)
      expect(await given.store.notes()).toBe(1)
    })
  })
}

function useStore<Tx>(openStore: () => Promise<OpenStore<Tx>>): { readonly store: OpenStore<Tx> } {
  let opened: OpenStore<Tx> | undefined
  beforeAll(async () => {
    opened = await openStore()
  })
  afterEach(() => opened?.clear())
  afterAll(() => opened?.close())
  return {
    get store() {
      if (opened === undefined) throw new Error('the store is there in tests alone')
      return opened
    },
  }
}
