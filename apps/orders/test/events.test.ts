import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { EventData, EventType } from '@polystore/contracts'
import { createLogger } from '@polystore/service-kit'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import { World, type Customer } from './support/world.ts'

const lines: string[] = []
let folder: string
let world: World
let sku: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'polystore-events-'))
  const logger = createLogger({ name: 'orders', level: 'info', destination: { write: (line) => void lines.push(line) } })
  const auth = { CRASH_FILE: path.join(folder, 'crash'), EVENT_LEASE_SECONDS: '1' }
  world = await World.create({ SQL_ECHO: 'true' }, { auth, logger })
  sku = await world.product({ stock: 1_000 })
})
afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true })
})

/** For an auth whose leases nobody can wait for. */
const patient = { EVENT_LEASE_SECONDS: '600' }

const auth = { kind: 'service', name: 'auth' } as const

interface Known {
  readonly active: boolean
  readonly version: number
}

async function known({ id }: Pick<Customer, 'id'>): Promise<Known | undefined> {
  const [row] = await world.database.execute(sql`select active, version from known_users where id = ${id}`)
  return row === undefined ? undefined : { active: row['active'] === true, version: Number(row['version']) }
}

/** When orders has heard so of the user. */
async function heard(user: Pick<Customer, 'id'>, active: boolean): Promise<Known> {
  return eventually(async () => {
    const status = await known(user)
    return status?.active === active ? status : undefined
  })
}

async function writtenFor({ id }: Pick<Customer, 'id'>): Promise<number> {
  const rows = await world.database.execute(sql`
    select 1 from orders where user_id = ${id} union all select 1 from idempotency_keys where user_id = ${id}`)
  return rows.length
}

function stranger(): Customer {
  const id = randomUUID()
  return { id, headers: world.signed({ kind: 'user', id, roles: ['customer'], tokenId: randomUUID() }) }
}

interface Told {
  readonly type: EventType
  readonly subject: string
  readonly sequence: number
  readonly data: EventData | object
  readonly id?: string
}

function envelope({ id = randomUUID(), ...event }: Told) {
  return { specversion: '1.0', source: '/test', time: new Date().toISOString(), datacontenttype: 'application/json', id, ...event }
}

async function tell(url: string, events: readonly object[], headers = world.signed(auth)): Promise<Response> {
  return fetch(`${url}/internal/events`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/cloudevents-batch+json' },
    body: JSON.stringify(events),
    signal: AbortSignal.timeout(10_000),
  })
}

function ordersUrl(): string {
  const address = world.service.server.address()
  if (address === null || typeof address === 'string') throw new Error('orders does not listen')
  return `http://127.0.0.1:${address.port}`
}

const buy = async (customer: Customer, quantity = 1) => world.place(customer, [{ sku, quantity }])

describe('the copy of users that orders keeps', () => {
  test('who registered a moment ago orders at once, with or without the event', async () => {
    const user = await world.customer()
    expect((await buy(user)).statusCode).toBe(201)
    await heard(user, true)
    // As if the event were still on its way.
    await world.database.execute(sql`delete from known_users where id = ${user.id}`)
    expect((await buy(user)).statusCode).toBe(201)
    expect(await known(user)).toEqual({ active: true, version: 1 })
  })

  test('403 for a deactivated user as soon as the event is there, and nothing is written; 201 when active again', async () => {
    const user = await world.customer()
    await heard(user, true)
    await world.deactivate(user.id)
    expect(await heard(user, false)).toEqual({ active: false, version: 2 })
    const refused = await buy(user)
    expect(refused.json()).toMatchObject({ status: 403, type: '/problems/user-inactive' })
    expect(await writtenFor(user)).toBe(0)
    await world.ask(world.auth, 'POST', `/users/${user.id}/activate`, world.staff)
    await heard(user, true)
    expect((await buy(user)).statusCode).toBe(201)
  })

  test('403 for a deleted user as soon as the event is there; 201 when they are restored', async () => {
    const user = await world.customer()
    await heard(user, true)
    await world.ask(world.auth, 'DELETE', `/users/${user.id}`, world.staff)
    expect(await heard(user, false)).toEqual({ active: false, version: 2 })
    expect((await buy(user)).json()).toMatchObject({ status: 403, type: '/problems/user-inactive' })
    expect(await writtenFor(user)).toBe(0)
    await world.ask(world.auth, 'POST', `/users/${user.id}/restore`, world.staff)
    expect(await heard(user, true)).toEqual({ active: true, version: 3 })
    expect((await buy(user)).statusCode).toBe(201)
  })

  test('a user whom auth does not know either is refused', async () => {
    const user = stranger()
    expect((await buy(user)).json()).toMatchObject({ status: 403, type: '/problems/user-inactive' })
    expect(await known(user)).toBeUndefined()
  })

  test('older news, repeated news and news out of order change nothing', async () => {
    const user = stranger()
    const data = { userId: user.id }
    const news = (type: EventType, sequence: number, more = {}) =>
      envelope({ type, subject: user.id, sequence, data: { ...data, ...more } })
    const deactivated = news('user.deactivated', 4)
    const all = [news('user.activated', 3), deactivated, news('user.registered', 1, { active: true })]
    for (const batch of [all, [deactivated], [news('user.activated', 2)], all.toReversed()]) {
      const answer = await tell(ordersUrl(), batch)
      expect(await answer.json()).toEqual({ accepted: batch.map(({ id }) => id) })
      expect(await known(user)).toEqual({ active: false, version: 4 })
    }
  })

  test('one event that cannot be read is kept for a person, and the others of its batch are applied', async () => {
    const user = stranger()
    const good = envelope({ type: 'user.registered', subject: user.id, sequence: 1, data: { userId: user.id, active: true } })
    const poison = envelope({ type: 'user.activated', subject: user.id, sequence: 2, data: { userId: 'nobody' } })
    const answer = await tell(ordersUrl(), [poison, good])
    expect(await answer.json()).toEqual({ accepted: [poison.id, good.id] })
    expect(await known(user)).toEqual({ active: true, version: 1 })
    const kept = await world.database.execute(sql`select consumer, event from failed_events where event_id = ${poison.id}`)
    expect(kept).toEqual([{ consumer: 'known-users', event: poison }])
  })

  test('what a request began at auth is one trace up to the statement that notes it here', async () => {
    const user = await world.customer()
    await heard(user, true)
    const traceId = randomUUID().replaceAll('-', '')
    const headers = { ...world.staff, traceparent: `00-${traceId}-00f067aa0ba902b7-01` }
    await world.ask(world.auth, 'POST', `/users/${user.id}/deactivate`, headers)
    await heard(user, false)
    const traced = lines.filter((line) => line.includes(traceId))
    expect(traced.some((line) => line.includes('insert into') && line.includes('known_users'))).toBe(true)
  })
})

describe('POST /internal/events', () => {
  test('401 and 403 for everybody but a service, at orders and at products', async () => {
    const user = stranger()
    const event = envelope({ type: 'user.registered', subject: user.id, sequence: 1, data: { userId: user.id, active: true } })
    for (const url of [ordersUrl(), world.products.url]) {
      const refused = async (headers: Readonly<Record<string, string>>) => (await tell(url, [event], headers)).status
      expect(await refused({})).toBe(401)
      expect(await refused(world.signed({ kind: 'anonymous' }))).toBe(403)
      expect(await refused(user.headers)).toBe(403)
      expect(await refused(world.staff)).toBe(403)
    }
    expect(await known(user)).toBeUndefined()
  })
})

describe('what orders and products tell each other', () => {
  test('what is confirmed is sold once, however often products hears of it, and what was cancelled is not', async () => {
    const [one, two] = await Promise.all([world.product({ stock: 500 }), world.product({ stock: 500 })])
    const customers = await Promise.all([world.customer(), world.customer()])
    const placed = await Promise.all(
      Array.from({ length: 16 }, async (_, index) => {
        const customer = customers[index % 2] ?? stranger()
        const wanted = [{ sku: one, quantity: 1 + (index % 3) }, ...(index % 2 === 0 ? [{ sku: two, quantity: 2 }] : [])]
        const answer = await world.place(customer, wanted)
        expect(answer.statusCode).toBe(201)
        return { customer, id: answer.json<{ id: string }>().id }
      }),
    )
    for (const { customer, id } of placed.slice(0, 6)) expect((await world.cancel(customer, id)).statusCode).toBeLessThan(300)
    const confirmed = await world.database.execute(sql`
      select l.sku, sum(l.quantity)::int as pieces from orders o join order_lines l on l.order_id = o.id
      where l.sku in (${one}, ${two}) and o.status = 'CONFIRMED' group by l.sku`)
    const wanted = [one, two].map((of) => {
      const sold = Number(confirmed.find((row) => row['sku'] === of)?.['pieces'])
      return { available: 500 - sold, reserved: 0, sold }
    })
    const levels = async () => Promise.all([one, two].map(async (of) => world.stock(of)))
    await eventually(async () => (JSON.stringify(await levels()) === JSON.stringify(wanted) ? true : undefined))
    const again = placed.map(({ id: orderId, customer: { id: userId } }) =>
      envelope({ type: 'order.confirmed', subject: orderId, sequence: 2, data: { orderId, userId } }),
    )
    for (const batch of [[...again, ...again], again]) {
      const receipt = Object(await (await tell(world.products.url, batch)).json())
      expect(new Set(receipt['accepted'])).toEqual(new Set(again.map(({ id }) => id)))
    }
    expect(await levels()).toEqual(wanted)
  })

  test('orders hears that stock is low, is gone and is back', async () => {
    const scarce = await world.product({ stock: 4 })
    const customer = await world.customer()
    const level = async (wanted: string) =>
      eventually(async () => {
        const [row] = await world.database.execute(sql`select level from stock_levels where sku = ${scarce}`)
        return row?.['level'] === wanted ? wanted : undefined
      })
    await world.ask(world.products, 'PATCH', `/stock/${scarce}`, world.staff, { lowStockAt: 2 })
    expect((await world.place(customer, [{ sku: scarce, quantity: 2 }])).statusCode).toBe(201)
    await level('low')
    expect((await world.place(customer, [{ sku: scarce, quantity: 2 }])).statusCode).toBe(201)
    await level('depleted')
    const more = { quantity: 10, reason: 'delivery' }
    await world.ask(world.products, 'POST', `/stock/${scarce}/adjustments`, { ...world.staff, 'idempotency-key': randomUUID() }, more)
    await level('enough')
  })
})

describe('without auth', { timeout: 60_000 }, () => {
  test('what a killed auth had not told yet is told after its restart', async () => {
    const user = await world.customer()
    await heard(user, true)
    await writeFile(path.join(folder, 'crash'), 'after-relay-claim SIGKILL')
    // Its answer may be lost with it; the change was committed before the relay claimed its event.
    await world.deactivate(user.id).catch(() => {})
    await eventually(async () => (isRunning(world.auth.pid) ? undefined : true))
    expect(await known(user)).toEqual({ active: true, version: 1 })
    await world.restartAuth(patient)
    expect(await heard(user, false)).toEqual({ active: false, version: 2 })
    expect((await buy(user)).statusCode).toBe(403)
  })

  test('an auth that is asked to end in the middle of telling leaves no lease behind', async () => {
    const user = await world.customer()
    await heard(user, true)
    await writeFile(path.join(folder, 'crash'), 'after-relay-claim SIGTERM')
    await world.deactivate(user.id)
    await eventually(async () => (isRunning(world.auth.pid) ? undefined : true))
    await world.restartAuth(patient)
    expect(await heard(user, false)).toEqual({ active: false, version: 2 })
  })

  test('known users order, deactivated ones are refused, and for unknown ones the answer is 503 with nothing written', async () => {
    const [active, inactive] = [await world.customer(), await world.customer()]
    await Promise.all([heard(active, true), heard(inactive, true)])
    await world.deactivate(inactive.id)
    await heard(inactive, false)
    await world.auth.stop()
    expect((await buy(active)).statusCode).toBe(201)
    expect((await buy(inactive)).json()).toMatchObject({ status: 403, type: '/problems/user-inactive' })
    const unknown = stranger()
    const refused = await buy(unknown)
    expect(refused.json()).toMatchObject({ status: 503, type: '/problems/upstream-unavailable' })
    expect(refused.headers['retry-after']).toBe('1')
    expect(await writtenFor(unknown)).toBe(0)
    expect(await writtenFor(inactive)).toBe(0)
  })
})

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
