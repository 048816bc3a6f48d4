import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import fc from 'fast-check'
import { continueTrace, formatTraceparent, runInTrace } from '@polystore/service-kit'
import { UnavailableError } from '@polystore/db-core'
import type { AcceptEvents, Consumer } from '../../src/index.ts'
import { arbitraryHistories, bySubject, confirmed, envelope, nameOf, namesIn, sequencesOf, writeHistories } from './histories.ts'
import { chanceOf, dyingAt, dyingSubscriber, heldTransport, losingTransport } from './faults.ts'
import type { OpenStore } from './stores.ts'
import type { OpenTransportFor } from './transports.ts'
import { append, noteConsumer, openWorld, registered, untilDrained, type WorldOptions } from './world.ts'

export interface DeliveryOptions<Tx> {
  /** Such as `PostgreSQL by HTTP`. */
  readonly title: string
  readonly openStore: () => Promise<OpenStore<Tx>>
  readonly openTransport: OpenTransportFor
  /** Runs of each property. */
  readonly runs?: number
}

/** What holds of every outbox and inbox over every transport. */
export function describeDelivery<Tx>({
  title,
  openStore,
  openTransport,
  runs = Number(process.env['EVENT_RUNS'] ?? 8),
}: DeliveryOptions<Tx>): void {
  describe(`events from ${title}`, () => {
    let store: OpenStore<Tx>
    const ending: (() => Promise<void>)[] = []
    beforeAll(async () => {
      store = await openStore()
    })
    afterEach(async () => {
      for (const end of ending.splice(0)) await end()
      await store.clear()
    })
    afterAll(() => store.close())

    async function run(options: Omit<WorldOptions<Tx>, 'store' | 'openTransport'> = {}) {
      const world = await openWorld({ store, openTransport, ...options })
      ending.push(world.stop)
      world.start()
      return world
    }

    it('arrive once, in their order, with the envelope that they were written with', async () => {
      const seen: unknown[] = []
      const trace = continueTrace(undefined)
      await runInTrace(trace, () =>
        append(
          store,
          [1, 2, 3].map((sequence) => registered('u "1', sequence)),
        ),
      )
      await run({ changeAccept: (accept) => (events) => (seen.push(...events), accept(events)) })
      await untilDrained(store)
      expect(await store.effects()).toMatchObject([1, 2, 3].map((sequence) => ({ subject: 'u "1', sequence })))
      expect(seen).toMatchObject([1, 2, 3].map((sequence) => envelope(sequence, formatTraceparent(trace))))
    })

    it('that were rolled back arrive never', async () => {
      const refused = store.transaction(async (tx) => {
        await store.append(tx, [registered('gone', 1)])
        throw new Error('rolled back')
      })
      await expect(refused).rejects.toThrow('rolled back')
      await append(store, [registered('kept', 1)])
      await run()
      await untilDrained(store)
      expect((await store.effects()).map(({ subject }) => subject)).toEqual(['kept'])
    })

    it('are not passed over when they commit after one with a later id was delivered', async () => {
      await run()
      const subjects = Array.from({ length: 12 }, (_, writer) => `writer ${writer}`)
      const written = subjects.map(() => Promise.withResolvers<void>())
      const commits = subjects.map(() => Promise.withResolvers<void>())
      const writers = subjects.map((subject, index) =>
        store.transaction(async (tx) => {
          await store.append(tx, [registered(subject, 1)])
          written[index]?.resolve()
          await commits[index]?.promise
        }),
      )
      await Promise.all(written.map(({ promise }) => promise))
      // Last written, first committed: each finds that later ones were delivered and removed already.
      for (const index of subjects.keys().toArray().toReversed()) {
        commits[index]?.resolve()
        await writers[index]
        await untilDrained(store)
      }
      expect((await store.effects()).map(({ subject }) => subject)).toEqual(subjects.toReversed())
    })

    it('are applied once and in the order of each subject, whatever dies, is lost or comes twice', async () => {
      const scenario = fc.record({ seed: fc.integer(), relays: fc.integer({ min: 1, max: 3 }), histories: arbitraryHistories })
      await fc.assert(
        fc.asyncProperty(scenario, async ({ seed, relays, histories }) => {
          const chance = chanceOf(seed)
          const world = await openWorld({
            store, openTransport, relays, leaseMs: 100,
            crash: dyingAt(chance, 0.1),
            changeTransport: (transport) => losingTransport(transport, chance, 0.1),
            changeAccept: (accept) => dyingSubscriber(accept, chance, 0.1),
          }) // prettier-ignore
          world.start()
          await writeHistories(store, histories)
          await untilDrained(store)
          await world.stop()
          expect(bySubject(await store.effects())).toEqual(sequencesOf(histories))
          await store.clear()
        }),
        { numRuns: runs },
      )
    })

    it('are given again to a consumer whose effect tells what it did, each time in a turn of its own', async () => {
      let turns = 0
      const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
        turns += 1
        return work()
      }
      const consumer = { ...noteConsumer(store), idempotent: true, inTurn }
      await append(store, [registered('again', 1)])
      await run({ consumers: [consumer], changeAccept: (accept) => async (events) => (await accept(events), accept(events)) })
      await untilDrained(store)
      expect((await store.effects()).map(({ subject }) => subject)).toEqual(['again', 'again'])
      expect(turns).toBe(2)
    })

    it('are applied once by each consumer, although consumers fail', async () => {
      await fc.assert(
        fc.asyncProperty(fc.record({ seed: fc.integer(), histories: arbitraryHistories }), async ({ seed, histories }) => {
          const chance = chanceOf(seed)
          const failing = (name: string): Consumer<Tx> => {
            const sound = noteConsumer(store, name)
            const apply: Consumer<Tx>['apply'] = async (events, tx) => {
              await sound.apply(events, tx)
              if (chance() < 0.3) throw new Error('a consumer failed after its writes')
            }
            return { ...sound, apply }
          }
          const world = await openWorld({ store, openTransport, maxTries: 100, consumers: [failing('first'), failing('second')] })
          world.start()
          await writeHistories(store, histories)
          await untilDrained(store)
          await world.stop()
          for (const name of ['first', 'second']) {
            const own = (await store.effects()).filter(({ consumer }) => consumer === name)
            expect(own.map(nameOf).toSorted()).toEqual(histories.flatMap(namesIn).toSorted())
          }
          await store.clear()
        }),
        { numRuns: runs },
      )
    })

    it('that a relay holds past its lease are delivered by another, and its late hand-over changes nothing', async () => {
      await append(store, [registered('a', 1), registered('a', 2), registered('b', 1)])
      const paused = Promise.withResolvers<ReturnType<typeof heldTransport>>()
      const changeTransport: WorldOptions<Tx>['changeTransport'] = (transport, relay) => {
        if (relay > 0) return transport
        const holding = heldTransport(transport)
        paused.resolve(holding)
        return holding.held
      }
      const world = await openWorld({ store, openTransport, relays: 2, leaseMs: 300, changeTransport })
      ending.push(world.stop)
      world.relays[0]?.start()
      const { reached, letGo } = await paused.promise
      await reached
      world.relays[1]?.start()
      await untilDrained(store)
      await append(store, [registered('a', 3)])
      letGo()
      await untilDrained(store)
      await world.relays[0]?.stop()
      expect(bySubject(await store.effects())).toEqual({ a: [1, 2, 3], b: [1] })
    })

    it('that a consumer can never apply are parked, the rest arrives, and a redrive applies them', async () => {
      const sound = noteConsumer(store)
      let mended = false
      const apply: Consumer<Tx>['apply'] = async (events, tx) => {
        if (!mended && events.some(({ subject }) => subject === 'poison')) throw new Error('poison')
        await sound.apply(events, tx)
      }
      await run({ consumers: [{ ...sound, apply }], maxTries: 3 })
      const others = Array.from({ length: 40 }, (_, index) => registered(`sound ${index}`, 1))
      await append(store, [...others.slice(0, 20), registered('poison', 1), ...others.slice(20)])
      await untilDrained(store)
      expect(await store.effects()).toHaveLength(40)
      const parked = await store.events.inbox.listFailed({ parkedOnly: true, limit: 10 })
      expect(parked).toMatchObject([{ consumer: 'notes', failures: 3, lastError: 'Error: poison', event: { subject: 'poison' } }])
      expect(await store.events.inbox.failedDepth()).toEqual({ waiting: 0, parked: 1 })
      mended = true
      expect(await store.events.inbox.redrive(parked[0]?.eventId)).toBe(1)
      await untilDrained(store)
      expect(await store.effects()).toHaveLength(41)
      expect(await store.events.inbox.listFailed({ parkedOnly: false, limit: 10 })).toEqual([])
    })

    it('of a type or of data that the subscriber does not understand are kept as failures', async () => {
      const seen = Promise.withResolvers<AcceptEvents>()
      await run({ maxTries: 1, changeAccept: (accept) => (seen.resolve(accept), accept) })
      const accept = await seen.promise
      const sound = { ...envelope(1), time: new Date().toISOString(), id: randomUUID(), data: { userId: randomUUID(), active: true } }
      const events = [sound, { ...sound, id: 'newer', type: 'user.renamed' }, { ...sound, id: 'odd', data: {} }, { no: 'event' }]
      expect(await accept(events)).toEqual([sound.id, 'newer', 'odd'])
      const failed = await store.events.inbox.listFailed({ parkedOnly: true, limit: 10 })
      expect(failed.map(({ consumer, eventId }) => [consumer, eventId]).toSorted()).toEqual([
        ['notes', 'odd'],
        ['unrouted', 'newer'],
      ])
      expect(await store.effects()).toHaveLength(1)
    })

    it('wait for a subscriber that is down for long, without keeping another waiting', async () => {
      let down = true
      let refusals = 0
      const gate: NonNullable<WorldOptions<Tx>['changeAccept']> = (accept) => async (events) => {
        if (!down || !JSON.stringify(events).includes('user.registered')) return await accept(events)
        refusals += 1
        throw new UnavailableError('down')
      }
      await run({ subscribers: ['orders', 'products'], changeAccept: gate })
      await append(
        store,
        [1, 2, 3].flatMap((sequence) => [registered('late', sequence), confirmed('at once', sequence)]),
      )
      await vi.waitFor(() => expect(refusals).toBeGreaterThan(10), { timeout: 20_000, interval: 10 })
      expect(bySubject(await store.effects())).toEqual({ 'at once': [1, 2, 3] })
      down = false
      await untilDrained(store)
      expect(bySubject(await store.effects())).toEqual({ 'at once': [1, 2, 3], late: [1, 2, 3] })
    })
  })
}
