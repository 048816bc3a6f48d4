import { randomUUID } from 'node:crypto'
import type { SqlTransaction } from '@polystore/db-core/sql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readEventsCommand } from '../src/operator/events-command-line.ts'
import { runEventsOperator } from '../src/operator/run-events-operator.ts'
import { openPostgresStore, type OpenStore } from './conformance/stores.ts'
import { append, registered } from './conformance/world.ts'

let store: OpenStore<SqlTransaction>
beforeAll(async () => {
  store = await openPostgresStore()
})
afterAll(() => store.close())

/** The exit code and what was printed for a service without a broker. */
async function operate(name: string, ...args: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = []
  const config = { EVENT_TRANSPORT: 'http' } as const
  const code = await runEventsOperator({ name, args, config, store: store.events, out: (line) => lines.push(line) })
  return { code, text: lines.join('\n') }
}

test('every command is read, and nothing else', () => {
  expect(readEventsCommand(['depth', '--json'])).toEqual({ name: 'depth', json: true })
  expect(readEventsCommand(['failed', '--limit', '3'])).toEqual({ name: 'failed', limit: 3, json: false })
  expect(readEventsCommand(['redrive', 'an-id'])).toEqual({ name: 'redrive', eventId: 'an-id', json: false })
  for (const wrong of [[], ['drop'], ['depth', 'an-id'], ['redrive', 'a', 'b'], ['failed', '--limit', '0'], ['depth', '--all']]) {
    expect(readEventsCommand(wrong)).toBeUndefined()
  }
})

test('an operator sees what waits and what is parked, and has it tried again', async () => {
  await append(store, [registered('someone', 1)])
  const eventId = randomUUID()
  await store.events.inbox.fail({ consumer: 'notes', eventId, event: { id: eventId }, reason: 'Error: odd', pauseMs: undefined })
  const depth = await operate('orders', 'depth', '--json')
  expect(depth.code).toBe(3)
  expect(JSON.parse(depth.text)).toMatchObject({
    service: 'orders',
    outbox: [{ subscriber: 'orders', waiting: 1 }],
    inbox: { waiting: 0, parked: 1 },
  })
  const failed = await operate('orders', 'failed')
  expect(failed).toEqual({ code: 3, text: `orders:\n  1 failed\n    ${eventId} (notes): parked after 1, Error: odd` })
  expect(await operate('orders', 'redrive', randomUUID())).toMatchObject({ code: 0, text: expect.stringContaining('0 failed due again') })
  expect(await operate('orders', 'redrive', eventId)).toMatchObject({ code: 0, text: expect.stringContaining('1 failed due again') })
  expect((await operate('orders', 'depth')).code).toBe(0)
  expect(await operate('auth', 'failed')).toEqual({ code: 0, text: 'auth:\n  is told of no events' })
  expect((await operate('orders', 'nonsense')).code).toBe(64)
})
