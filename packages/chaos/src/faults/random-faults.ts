import { setTimeout as pause } from 'node:timers/promises'
import type { ProcessName } from '@polystore/dev-stack'
import { freeze, kill } from './crash.ts'
import type { Fault } from './fault.ts'

const victims: readonly ProcessName[] = ['orders', 'orders-2', 'products', 'products-2', 'postgres', 'mongo', 'auth', 'gateway', 'rabbitmq']
const longestFreezeMs = 2_500

const killedTogether = ['orders', 'products', 'mongo', 'postgres'] as const
const storms = 5

/** Five loads, each with SIGKILL of orders, products, mongod and postgres, in an order and at moments that the seed decides. */
export function killStorms(random: () => number, orders: number): Fault[] {
  return Array.from({ length: storms }, (_, index) => {
    const kills = killedTogether
      .map((victim) => ({ victim, after: 1 + Math.floor(random() * (orders - 4)), extraMs: Math.floor(random() * 50) }))
      .toSorted((one, other) => one.after - other.after)
    return {
      id: `K${index + 1}`,
      name: `SIGKILL of ${kills.map(({ victim, after }) => `${victim} after ${after}`).join(', ')} orders`,
      short: index === 0,
      strike: async ({ world, load }) => {
        const running = load()
        const killing = kills.map(async ({ victim, after, extraMs }) => {
          await running.answered(after)
          await pause(extraMs)
          await kill(world, victim, 'SIGKILL')
        })
        await Promise.all(killing)
      },
    }
  })
}

/** Every process once by SIGKILL and once by SIGSTOP, in an order and at moments that the seed decides. */
export function randomFaults(random: () => number, orders: number): Fault[] {
  const faults = victims.flatMap((victim) => [killOne(victim, random, orders), freezeOne(victim, random, orders)])
  return faults.map((fault) => ({ fault, place: random() })).toSorted((one, other) => one.place - other.place).map(({ fault }) => fault) // prettier-ignore
}

function killOne(victim: ProcessName, random: () => number, orders: number): Fault {
  const after = 1 + Math.floor(random() * (orders / 2))
  return {
    id: `R-${victim}-kill`,
    name: `SIGKILL of ${victim} after ${after} orders`,
    short: false,
    ...needs(victim),
    strike: async ({ world, load }) => {
      await load().answered(after)
      await kill(world, victim, 'SIGKILL')
    },
  }
}

function freezeOne(victim: ProcessName, random: () => number, orders: number): Fault {
  const after = 1 + Math.floor(random() * (orders / 2))
  const forMs = 200 + Math.floor(random() * longestFreezeMs)
  return {
    id: `R-${victim}-stop`,
    name: `SIGSTOP of ${victim} for ${forMs} ms after ${after} orders`,
    short: false,
    ...needs(victim),
    strike: async ({ world, load }) => {
      await load().answered(after)
      await freeze(world, victim, forMs)
    },
  }
}

function needs(victim: ProcessName): Pick<Fault, 'needs'> {
  return victim === 'rabbitmq' ? { needs: ['rabbitmq'] } : {}
}
