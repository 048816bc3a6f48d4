import { setTimeout as pause } from 'node:timers/promises'
import { demoLogins, startStack, type ProcessName, type Stack } from '@polystore/dev-stack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPlan } from '../src/build-plan.ts'
import { runDemo } from '../src/run-demo.ts'
import { sampleRows } from '../src/sample-rows.ts'
import { seededRandom } from '../src/seeded-random.ts'

const staff = { email: demoLogins.admin, password: demoLogins.password }
const invoices = 200
const victims = ['orders', 'products', 'mongo', 'postgres'] as const satisfies readonly ProcessName[]

/** Each victim once, in an order and after a number of answered orders that the seed decides. */
function killPlan(seed: number): { victim: (typeof victims)[number]; afterOrders: number; extraMs: number }[] {
  const random = seededRandom(seed)
  return victims
    .map((victim) => ({ victim, afterOrders: 10 + Math.floor(random() * (invoices - 60)), extraMs: Math.floor(random() * 50) }))
    .toSorted((one, other) => one.afterOrders - other.afterOrders)
}

let stack: Stack

beforeAll(async () => {
  // The cost of a password is not what is tested here: customers of five runs are registered at the lowest.
  const env = { NODE_ENV: 'test', ARGON2_MEMORY_KIB: '64', ARGON2_TIME: '1' }
  stack = await startStack({ durable: true, autoRestart: true, env })
})
afterAll(async () => stack.stop())

describe('SIGKILL of orders, products, mongod and postgres while orders are placed', () => {
  it.each([1, 2, 3, 4, 5])('seed %i: after the restart the oracle holds', async (seed) => {
    const kills = killPlan(seed)
    const killing: Promise<void>[] = []
    const plan = await buildPlan(sampleRows(invoices, seed), invoices)
    const report = await runDemo({
      url: stack.urls.gateway,
      staff,
      plan: { ...plan, products: plan.products.filter(({ sku }) => isOrdered(plan, sku)) },
      width: 16,
      onProgress: (step, done) => {
        if (step !== 'orders') return
        for (const kill of kills.filter(({ afterOrders }) => afterOrders === done)) {
          killing.push(pause(kill.extraMs).then(async () => stack.processes.get(kill.victim)?.kill('SIGKILL')))
        }
      },
      onReplayed: async () => {
        await Promise.all(killing)
        await Promise.all([...stack.processes.values()].map(async (process) => process.ready()))
      },
    })
    expect(killing).toHaveLength(victims.length)
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([])
    expect(report.orders).toBe(invoices)
  })
})

function isOrdered(plan: Awaited<ReturnType<typeof buildPlan>>, sku: string): boolean {
  return plan.orders.some(({ lines }) => lines.some((line) => line.sku === sku))
}
