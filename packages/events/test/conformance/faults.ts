import { UnavailableError } from '@polystore/db-core'
import type { AcceptEvents, EventCrashPoint, EventTransport } from '../../src/index.ts'

/** Numbers from 0 to 1 that a seed decides. */
export type Chance = () => number

export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** A relay that dies at a point leaves everything as it stands there. */
export function dyingAt(chance: Chance, likelihood: number): (point: EventCrashPoint) => void {
  return (point) => {
    if (chance() < likelihood) throw new UnavailableError(`died at ${point}`)
  }
}

/** The way between loses what it carries, its answer, or brings it twice. */
export function losingTransport(transport: EventTransport, chance: Chance, likelihood: number): EventTransport {
  return {
    async deliver(subscriber, events, signal) {
      if (chance() < likelihood) throw new UnavailableError('lost on the way there')
      const accepted = await transport.deliver(subscriber, events, signal)
      if (chance() < likelihood) await transport.deliver(subscriber, events, signal)
      if (chance() < likelihood) throw new UnavailableError('lost on the way back')
      return accepted
    },
    receive: (subscriber, accept) => transport.receive(subscriber, accept),
    close: () => transport.close(),
  }
}

/** The subscriber dies before or after it has stored a batch. */
export function dyingSubscriber(accept: AcceptEvents, chance: Chance, likelihood: number): AcceptEvents {
  return async (events) => {
    if (chance() < likelihood) throw new UnavailableError('died before')
    const accepted = await accept(events)
    if (chance() < likelihood) throw new UnavailableError('died after')
    return accepted
  }
}

/** Holds a delivery back until it is let go, as a process that was stopped does. */
export function heldTransport(transport: EventTransport): { held: EventTransport; reached: Promise<void>; letGo: () => void } {
  const arrival = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  const held: EventTransport = {
    async deliver(subscriber, events, signal) {
      arrival.resolve()
      await gate.promise
      return await transport.deliver(subscriber, events, signal)
    },
    receive: (subscriber, accept) => transport.receive(subscriber, accept),
    close: () => transport.close(),
  }
  return { held, reached: arrival.promise, letGo: gate.resolve }
}
