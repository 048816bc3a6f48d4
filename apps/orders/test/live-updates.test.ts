import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { connectPostgres, type PostgresDatabase, type SqlTransaction } from '@polystore/db-core/sql'
import { startService, type TestService } from '@polystore/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from './support/eventually.ts'
import { EventStream } from './support/event-stream.ts'
import { World, type Customer } from './support/world.ts'

let world: World
let sku: string
const opened: EventStream[] = []

beforeAll(async () => {
  world = await World.create()
  sku = await world.product({ stock: 100_000 })
})
afterAll(async () => {
  for (const stream of opened) stream.close()
  await world.close()
})

async function follow(url: string, headers: Customer['headers'], lastEventId?: number): Promise<EventStream> {
  const stream = await EventStream.open(`${url}/orders/events`, headers, lastEventId)
  opened.push(stream)
  return stream
}

const placed = async (customer: Customer): Promise<string> => (await world.place(customer, [{ sku, quantity: 1 }])).json().id

/** Ids of the whole history of a user's orders. */
async function historyIds(userId: string): Promise<number[]> {
  const rows = await world.database.execute(sql`
    select h.id::int as id from order_history h join orders o on o.id = h.order_id where o.user_id = ${userId} order by h.id`)
  return rows.map(({ id }) => Number(id))
}

describe('GET /orders/events', () => {
  it('what happens to my orders as it happens, in words, and nothing of anybody else', async () => {
    const [mine, other] = await Promise.all([world.customer(), world.customer()])
    const [stream, theirs] = await Promise.all([
      follow(world.environment['ORDERS_URL'] ?? '', mine.headers),
      follow(world.environment['ORDERS_URL'] ?? '', other.headers),
    ])
    const orderId = await placed(mine)
    await stream.until(({ events }) => events.length === 3)
    expect(stream.events.map(({ data }) => [data.orderId, data.status, data.text])).toEqual([
      [orderId, 'PENDING', 'You placed the order.'],
      [orderId, 'RESERVED', 'The goods were set aside.'],
      [orderId, 'CONFIRMED', 'The order was confirmed.'],
    ])
    await world.service.inject({ method: 'POST', url: `/orders/${orderId}/ship`, headers: world.staff, payload: {} })
    await stream.until(({ events }) => events.length === 4)
    expect(stream.events[3]?.data).toMatchObject({ status: 'SHIPPED', who: 'staff', actor: 'staff', text: 'Staff shipped the order.' })
    const second = await placed(other)
    await theirs.until(({ events }) => events.length === 3)
    expect(new Set(theirs.events.map(({ data }) => data.orderId))).toEqual(new Set([second]))
  })

  it('everything since Last-Event-ID, all of it for 0, and then what comes', async () => {
    const mine = await world.customer()
    const url = world.environment['ORDERS_URL'] ?? ''
    await placed(mine)
    const all = await follow(url, mine.headers, 0)
    await all.until(({ events }) => events.length === 3)
    await placed(mine)
    await all.until(({ events }) => events.length === 6)
    expect(all.ids).toEqual(await historyIds(mine.id))
    const resumed = await follow(url, mine.headers, all.ids[2])
    await resumed.until(({ ids }) => all.ids.slice(3).every((id) => ids.includes(id)))
  })

  it('an event whose number was given early and that commits late reaches the open stream and the one that comes back', async () => {
    const mine = await world.customer()
    const url = world.environment['ORDERS_URL'] ?? ''
    const early = await placed(mine)
    const elsewhere = connectPostgres(world.environment['DATABASE_URL'] ?? '')
    const fresh = await startService('orders', world.environment)
    try {
      const stream = await follow(url, mine.headers)
      const commit = Promise.withResolvers<void>()
      const number = Promise.withResolvers<number>()
      const late = elsewhere.transaction(async (tx) => {
        await tx.drizzle.execute(sql`update orders set updated_at = now() where id = ${early}`)
        const [row] = await tx.execute(sql`
          insert into order_history (order_id, from_status, to_status, actor) values (${early}, 'CONFIRMED', 'SHIPPED', 'system') returning id::int as id`)
        number.resolve(Number(row?.['id']))
        await commit.promise
      })
      const lateId = await number.promise
      await placed(mine)
      await stream.until(({ events }) => events.length === 3)
      const lastSeen = Math.max(...stream.ids)
      expect(lastSeen).toBeGreaterThan(lateId)
      const back = follow(fresh.url, mine.headers, lastSeen)
      commit.resolve()
      await late
      await stream.until(({ ids }) => ids.includes(lateId))
      await (await back).until(({ ids }) => ids.includes(lateId))
      expect(new Set(stream.ids).size).toBe(stream.ids.length)
    } finally {
      await Promise.all([elsewhere.close(), fresh.stop()])
    }
  })

  it('an event of a transaction that took its place early, its number early and commits last reaches the open stream', async () => {
    const mine = await world.customer()
    const first = await placed(mine)
    const second = await placed(mine)
    const elsewhere = connectPostgres(world.environment['DATABASE_URL'] ?? '', { poolSize: 2 })
    const stream = await follow(world.environment['ORDERS_URL'] ?? '', mine.headers)
    const [earlier, later] = [await open(elsewhere), await open(elsewhere)]
    try {
      // The transactions get their ids in one order and the ids of their rows in the other, so that the one that is seen first has the
      // smaller transaction and the greater row.
      await earlier.touch(first)
      await later.touch(second)
      const missed = await later.note(second)
      const seen = await earlier.note(first)
      await earlier.commit()
      await stream.until(({ ids }) => ids.includes(seen))
      // Others that commit show the reader that time has passed.
      await placed(await world.customer())
      await later.commit()
      await stream.until(({ ids }) => ids.includes(missed))
    } finally {
      await elsewhere.close()
    }
  })

  it('401 for nobody, 400 for an id that is none', async () => {
    const mine = await world.customer()
    const get = (headers: Readonly<Record<string, string>>) => world.service.inject({ method: 'GET', url: '/orders/events', headers })
    expect((await get(world.signed({ kind: 'anonymous' }))).statusCode).toBe(401)
    expect((await get({ ...mine.headers, 'last-event-id': "1' or 1=1" })).json()).toMatchObject({
      type: '/problems/invalid-request',
      errors: [{ header: 'last-event-id' }],
    })
  })
})

/** A transaction whose steps the test decides. */
async function open(database: PostgresDatabase) {
  const opened = Promise.withResolvers<SqlTransaction>()
  const end = Promise.withResolvers<void>()
  const ended = database.transaction(async (tx) => {
    opened.resolve(tx)
    await end.promise
  })
  const tx = await opened.promise
  return {
    touch: async (orderId: string) => tx.execute(sql`update orders set updated_at = now() where id = ${orderId}`),
    note: async (orderId: string): Promise<number> => {
      const [row] = await tx.execute(sql`
        insert into order_history (order_id, from_status, to_status, actor) values (${orderId}, 'CONFIRMED', 'SHIPPED', 'system') returning id::int as id`)
      return Number(row?.['id'])
    },
    commit: async () => {
      end.resolve()
      await ended
    },
  }
}

describe('with real processes, through the gateway', () => {
  it('a reader who comes back after its process was killed has missed nothing', async () => {
    const [first, second] = await Promise.all([startService('orders', world.environment), startService('orders', world.environment)])
    const gateway = await startService('gateway', {
      ...world.environment,
      AUTH_URL: world.auth.url,
      PRODUCTS_URL: world.products.url,
      ORDERS_URL: `${first.url},${second.url}`,
      RATE_LIMIT_PER_MINUTE: '100000',
    })
    const processes = new Map<number, TestService>([first, second].map((one, index) => [index, one]))
    try {
      const { userId, headers } = await register(gateway.url)
      const url = `${gateway.url}/api/v1`
      let stream = await follow(url, headers)
      const seen = new Map<number, string>()
      const remember = (): void => stream.events.forEach(({ id, data }) => seen.set(id, `${data.orderId} ${data.status}`))
      const orders = Promise.all(Array.from({ length: 6 }, async () => buyOften(url, headers, 8)))
      await stream.until(({ events }) => events.length >= 20)
      // Whichever process serves the stream: both are killed, one after the other, and the first is back before the second goes.
      for (const [index, victim] of processes) {
        victim.kill('SIGKILL')
        const port = Number(new URL(victim.url).port)
        processes.set(index, await startService('orders', world.environment, { port }))
      }
      await stream.untilEnded()
      expect(new Set(stream.ids).size).toBe(stream.ids.length)
      remember()
      stream = await eventually(async () => {
        const next = await follow(url, headers, stream.ids.at(-1))
        return next.status === 200 ? next : undefined
      })
      const ids = await orders
      const confirmed = () => new Set([...seen.values()].filter((text) => text.endsWith('CONFIRMED'))).size
      await stream.until(() => {
        remember()
        return confirmed() === ids.flat().length
      })
      expect([...seen.keys()].toSorted((one, other) => one - other)).toEqual(await historyIds(userId))
    } finally {
      await Promise.all([gateway.stop(), ...[...processes.values()].map(async (one) => one.stop())])
    }
  }, 60_000)

  it('a process that is asked to end sends its readers on, and ends', async () => {
    const mine = await world.customer()
    const process = await startService('orders', world.environment)
    const stream = await follow(process.url, mine.headers)
    await process.stop()
    await stream.untilEnded()
    expect(stream.ended).toBe('whole')
    expect(stream.retryMs).toBeGreaterThanOrEqual(1_000)
  })
})

async function register(gatewayUrl: string): Promise<{ userId: string; headers: Readonly<Record<string, string>> }> {
  const body = { email: `${randomUUID()}@example.test`, fullName: 'A Reader', password: `a long password ${randomUUID()}` }
  const answer = await post(`${gatewayUrl}/api/v1/auth/register`, {}, body)
  const { access_token: token, user } = Object(await answer.json())
  return { userId: String(user.id), headers: { authorization: `Bearer ${String(token)}` } }
}

/** One order after the other; each is asked for again with its key until it is there, whatever dies meanwhile. */
async function buyOften(url: string, headers: Readonly<Record<string, string>>, times: number): Promise<string[]> {
  const ids: string[] = []
  for (let time = 0; time < times; time++) {
    const keyed = { ...headers, 'idempotency-key': randomUUID() }
    const lines = [{ sku, quantity: 1 }]
    const id = await eventually(async () => {
      const answer = await post(`${url}/orders`, keyed, { lines }).catch(() => undefined)
      return answer?.status === 201 ? String(Object(await answer.json()).id) : undefined
    }, 40_000)
    ids.push(id)
  }
  return ids
}

async function post(url: string, headers: Readonly<Record<string, string>>, body: object): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  })
}
