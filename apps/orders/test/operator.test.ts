import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readCommand } from '../src/operations/command-line.ts'
import { listStuck, redriveStuck } from '../src/operations/stuck-orders.ts'
import { UnfinishedOrderRepository } from '../src/recovery/unfinished-order-repository.ts'
import { eventually } from './support/eventually.ts'
import { World } from './support/world.ts'

const operator = fileURLToPath(new URL('../src/operator.ts', import.meta.url))

let world: World
let unfinished: UnfinishedOrderRepository
beforeAll(async () => {
  world = await World.create()
  unfinished = new UnfinishedOrderRepository(world.database)
})
afterAll(async () => world.close())

/** Runs a command as an operator does. */
async function run(...args: string[]): Promise<{ code: number; text: string; problem: string }> {
  const env = { ...process.env, ...world.environment }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [operator, ...args], { env }, (_error, text, problem) =>
      resolve({ code: child.exitCode ?? -1, text, problem }),
    )
  })
}

/** False while the recovery is busy with the order. */
async function postponeForAnHour(orderId: string): Promise<boolean> {
  const postponed = await world.database.execute(sql`
    update orders set next_run_at = now() + interval '1 hour'
    where id = ${orderId} and (lease_until is null or lease_until < now()) returning id`)
  return postponed.length > 0
}

it('an order that nobody can finish is shown with its last error, and is finished when it is redriven', { timeout: 60_000 }, async () => {
  const customer = await world.customer()
  const sku = await world.product({ stock: 5 })
  expect(await listStuck(unfinished, 0)).toMatchObject({ text: '0 unfinished for longer than 0 s', isClean: true })
  await world.products.stop()
  await world.place(customer, [{ sku, quantity: 2 }])
  const order = await eventually(async () => {
    const [one] = await unfinished.list({ olderThanSeconds: 0 })
    return one !== undefined && one.attempts >= 3 ? one : undefined
  })
  expect(order).toMatchObject({ userId: customer.id, status: 'PENDING', lastError: expect.stringMatching(/\w/u) })
  expect(await listStuck(unfinished, 60)).toMatchObject({ isClean: true })
  expect((await listStuck(unfinished, 0)).text).toMatch(new RegExp(`${order.id} PENDING for \\d+ s, \\d+ failed attempts, last: \\w+`, 'u'))
  await eventually(async () => ((await postponeForAnHour(order.id)) ? true : undefined))
  await world.restartProducts()
  expect(await run('redrive', order.id)).toEqual({ code: 0, text: `1 made due\n  ${order.id}\n`, problem: '' })
  await eventually(async () => ((await listStuck(unfinished, 0)).isClean ? true : undefined))
  expect((await world.get(customer, `/orders/${order.id}`)).json().status).toBe('CONFIRMED')
  expect(await redriveStuck(unfinished, { orderIds: [order.id], olderThanSeconds: 0 })).toMatchObject({
    report: { redriven: [], left: [order.id] },
    isClean: false,
  })
})

it('what is no command is answered with the usage', async () => {
  const wrong = [
    [],
    ['lost'],
    ['redrive', 'x'],
    ['stuck', 'x'],
    ['stuck', '--repair'],
    ['stuck', '--older-than', '-1'],
    ['reconcile', '--older-than', '1'],
  ]
  expect(wrong.map((args) => readCommand(args))).toEqual(wrong.map(() => undefined))
  expect(await run('redrive', 'x')).toMatchObject({ code: 64, text: '', problem: expect.stringMatching(/^usage: orders stuck/u) })
})
