import { randomUUID } from 'node:crypto'
import { runOnceIfThere, serviceFile } from '@polystore/dev-stack'
import { logIn } from '@polystore/demo'
import { demoLogins } from '@polystore/dev-stack'
import { z } from 'zod'
import { kill, until } from './crash.ts'
import type { Fault, Scene } from './fault.ts'

/** What befalls the whole: commands doubled, messages that cannot be read, brokers, keys and databases that change underfoot. */
export const systemFaults: readonly Fault[] = [
  { id: 'F11', name: 'every command and every event twice, and old ones again', short: true, strike: everythingTwice },
  { id: 'F20', name: 'a poison message is parked, the rest is delivered, redrive tries it again', short: true, strike: poisonMessage },
  { id: 'F21', name: 'the broker is down for the whole load', short: true, needs: ['rabbitmq'], strike: brokerDown },
  { id: 'F21', name: 'no event can be delivered for the whole load', short: true, needs: ['http'], strike: deliveryDown },
  { id: 'F21b', name: 'the broker is killed under load', short: true, needs: ['rabbitmq'], strike: brokerKilled },
  { id: 'F23c', name: 'a rolling restart under load: SIGTERM to every process', short: false, strike: rollingRestart },
  { id: 'F25', name: 'the signing key is rotated in mid-flight', short: false, strike: rotateKeys },
  { id: 'F26', name: 'PostgreSQL is restarted under load', short: true, strike: restartPostgres },
  { id: 'F26b', name: 'MongoDB is restarted under load', short: false, strike: restartMongo },
]

async function everythingTwice({ world, load }: Scene): Promise<void> {
  const relays = [...world.links.relays.values()]
  for (const relay of relays) relay.repeat = true
  await load().done
  for (const relay of relays) relay.repeat = false
}

const parked = z.array(z.object({ parkedAt: z.date().nullable() }))

/** An event whose data no consumer can read, of a SKU of its own, so that nothing waits for it. */
async function poisonMessage({ world, load }: Scene): Promise<void> {
  const { orders, products } = world.stores
  const failed = products.collection<{ _id: string }>('failed_events')
  await orders`insert into outbox (subscriber, type, subject, sequence, data)
    values ('products', 'order.confirmed', ${randomUUID()}, 1, ${orders.json({ poison: true })})`
  load()
  const isParked = async (): Promise<boolean> => parked.parse(await failed.find().toArray()).some(({ parkedAt }) => parkedAt !== null)
  await until(isParked, 'the parking of a poison message')
  await failed.updateMany({}, { $set: { parkedAt: null, nextAttemptAt: new Date(), failures: 0 } })
  await until(isParked, 'the second parking of a poison message')
  await failed.deleteMany({})
}

async function brokerDown({ world, load }: Scene): Promise<void> {
  const broker = world.stack.processes.get('rabbitmq')
  await broker?.stop({ force: true })
  await load().done
  await broker?.start()
}

async function deliveryDown({ world, load }: Scene): Promise<void> {
  const relays = [...world.links.relays.values()]
  for (const relay of relays) relay.blocked = /^\/internal\/events/u
  await load().done
  for (const relay of relays) relay.blocked = undefined
}

async function brokerKilled({ world, load }: Scene): Promise<void> {
  await load().answered(5)
  await kill(world, 'rabbitmq', 'SIGKILL')
}

async function rollingRestart({ world, load }: Scene): Promise<void> {
  await load().answered(3)
  for (const process of ['orders', 'orders-2', 'products', 'products-2', 'auth'] as const) await kill(world, process, 'SIGTERM')
}

/** The tokens of before stay good, and whoever logs in now can order at once. */
async function rotateKeys({ world, load }: Scene): Promise<void> {
  const { stack, shop } = world
  const running = load()
  await running.answered(3)
  const env = { ...process.env, ...stack.environments.auth }
  const stopping = AbortSignal.timeout(60_000)
  await runOnceIfThere({ title: 'rotation of keys', file: serviceFile('auth', 'rotate-keys.ts'), args: ['--now'], env, stopping })
  const token = await logIn(shop, { email: demoLogins.customer, password: demoLogins.password })
  const answer = await shop.call({ method: 'GET', path: '/orders', token })
  if (answer.status !== 200) throw new Error(`a token of the new key was answered ${answer.status}`)
  await running.done
}

async function restartPostgres({ world, load }: Scene): Promise<void> {
  await load().answered(5)
  await world.stack.restart('postgres')
}

async function restartMongo({ world, load }: Scene): Promise<void> {
  await load().answered(5)
  await world.stack.restart('mongo')
}
