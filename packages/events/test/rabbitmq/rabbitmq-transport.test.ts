import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { mkdtemp, rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { freePort, rabbitmqBinaries, startRabbitmq, type DatabaseServer } from '@polystore/dev-stack'
import { UnavailableError } from '@polystore/db-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { AcceptEvents, EventTransport } from '../../src/index.ts'
import { RabbitmqQueues, rabbitmqTransport } from '../../src/transports/rabbitmq/index.ts'
import { countingReceiver, deliverAll, isEvent, keptLog, onBroker, randomNamespace, userEvent } from './support.ts'

const present = (await rabbitmqBinaries()) !== undefined
const password = 'not-to-be-told/4711'
const signal = AbortSignal.timeout(120_000)

describe.runIf(present)(`events over RabbitMQ${present ? '' : ' (skipped: there is no rabbitmq-server here)'}`, () => {
  let broker: DatabaseServer
  let folder = ''
  let namespace = ''
  const open: { close(): Promise<void> }[] = []

  beforeAll(async () => {
    folder = await mkdtemp('/tmp/polystore-test-')
    broker = await startRabbitmq({ password, dataDir: `${folder}/data` })
  })
  afterAll(async () => {
    await broker?.stop()
    await rm(folder, { recursive: true, force: true })
  })
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()))
    namespace = ''
  })

  /** On its folder and at its port. */
  async function startAgain(): Promise<void> {
    broker = await startRabbitmq({ password, port: broker.port, dataDir: broker.dataDir })
  }
  function options(logger = keptLog()) {
    namespace ||= randomNamespace()
    return { url: broker.url, connectionName: 'test', namespace, logger }
  }
  function transport(more: { deliveryLimit?: number; logger?: ReturnType<typeof keptLog>; url?: string } = {}): EventTransport {
    const opened = rabbitmqTransport({ ...options(), silenceMs: 1_000, ...more })
    open.push(opened)
    return opened
  }
  function queues(): RabbitmqQueues {
    const opened = new RabbitmqQueues(options())
    open.push(opened)
    return opened
  }

  test('events come in their order, also those published before the first start of their subscriber', async () => {
    const publisher = transport()
    const events = Array.from({ length: 250 }, (_, index) => userEvent(index + 1, 'one subject'))
    expect(await publisher.deliver('orders', events, signal)).toEqual(new Set(events.map(({ id }) => id)))
    const receiver = countingReceiver()
    transport().receive('orders', receiver.accept)
    await receiver.all(events.map(({ id }) => id))
    expect([...receiver.seen.keys()]).toEqual(events.map(({ id }) => id))
    expect(new Set(receiver.seen.values())).toEqual(new Set([1]))
  })

  test('what is not accepted is offered again, more often than a message may kill its process, and holds up nothing else', async () => {
    const publisher = transport({ deliveryLimit: 1 })
    const [refused, other] = [userEvent(1), userEvent(1)]
    const receiver = countingReceiver()
    let refusals = 0
    const accept: AcceptEvents = async (events) => {
      if (refusals < 5 && events.some((event) => isEvent(event) && event.id === refused.id)) {
        refusals += 1
        if (refusals % 2 === 0) throw new UnavailableError('The database is down.')
        return receiver.accept(events.filter((event) => isEvent(event) && event.id !== refused.id))
      }
      return receiver.accept(events)
    }
    transport({ deliveryLimit: 1 }).receive('orders', accept)
    await deliverAll(publisher, [refused, other])
    await receiver.all([refused.id, other.id])
    expect(refusals).toBe(5)
    expect(await queues().depths('orders')).toEqual({ waiting: 0, dead: 0 })
  })

  test('what is no event goes to the dead queue, and the rest is delivered', async () => {
    const publisher = transport()
    const events = [userEvent(1), userEvent(1)]
    const receiver = countingReceiver()
    await deliverAll(publisher, events.slice(0, 1))
    await onBroker(broker.url, async (channel) => {
      for (const junk of ['{"specversion":', '[]', '{"id":7}']) channel.publish(`${namespace}.events`, 'orders', Buffer.from(junk))
    })
    await deliverAll(publisher, events.slice(1))
    transport().receive('orders', receiver.accept)
    await receiver.all(events.map(({ id }) => id))
    const operator = queues()
    await expect.poll(() => operator.depths('orders')).toEqual({ waiting: 0, dead: 3 })
    expect(await operator.listDead('orders', 2)).toEqual(Array(2).fill({ eventId: undefined, type: undefined, reason: 'rejected' }))
    expect(await operator.redrive('orders', { limit: 10 })).toBe(0)
    expect(await operator.depths('orders')).toEqual({ waiting: 0, dead: 3 })
  })

  test('an event whose queue is gone is not stored, and its queue is made again', async () => {
    const publisher = transport()
    const receiver = countingReceiver()
    transport().receive('orders', receiver.accept)
    const first = userEvent(1)
    await deliverAll(publisher, [first])
    await receiver.all([first.id])
    await onBroker(broker.url, (channel) => channel.unbindQueue(`${namespace}.orders`, `${namespace}.events`, 'orders'))
    const second = userEvent(2)
    await expect(publisher.deliver('orders', [second], signal)).rejects.toThrow(UnavailableError)
    await onBroker(broker.url, (channel) => channel.deleteQueue(`${namespace}.orders`))
    await deliverAll(publisher, [second])
    await receiver.all([second.id])
  })

  test('a channel that the broker closes costs no event', async () => {
    const publisher = transport()
    const receiver = countingReceiver()
    transport().receive('orders', receiver.accept)
    const events = [userEvent(1), userEvent(1)]
    await deliverAll(publisher, events.slice(0, 1))
    await onBroker(broker.url, (channel) => channel.deleteExchange(`${namespace}.events`))
    await expect(publisher.deliver('orders', events.slice(1), signal)).rejects.toThrow(UnavailableError)
    await deliverAll(publisher, events.slice(1))
    await receiver.all(events.map(({ id }) => id))
  })

  test('no confirm, no receipt: a broker that freezes and dies under a publisher has stored nothing until it says so', async () => {
    const publisher = transport()
    const first = userEvent(1)
    await deliverAll(publisher, [first])
    process.kill(broker.pid, 'SIGSTOP')
    const events = [userEvent(1), userEvent(1)]
    const outcome = publisher.deliver('orders', events, signal).catch((error: unknown) => error)
    await broker.kill('SIGKILL')
    expect(await outcome).toBeInstanceOf(UnavailableError)
    await startAgain()
    const receiver = countingReceiver()
    await deliverAll(publisher, events)
    transport().receive('orders', receiver.accept)
    await receiver.all([first, ...events].map(({ id }) => id))
  })

  test('a broker that is killed, stopped and started under load loses nothing', async () => {
    const [publisher, receiver] = [transport(), countingReceiver()]
    for (const one of [transport(), transport()]) one.receive('orders', receiver.accept)
    const published: string[] = []
    let over = false
    const load = (async () => {
      while (!over) {
        const events = Array.from({ length: 20 }, () => userEvent(1))
        await deliverAll(publisher, events)
        published.push(...events.map(({ id }) => id))
      }
    })()
    const someMore = async (): Promise<void> =>
      expect.poll(() => receiver.seen.size, { timeout: 15_000 }).toBeGreaterThan(published.length + 100)
    await someMore()
    await broker.kill('SIGKILL')
    await startAgain()
    await someMore()
    // Now the broker itself closes the connections.
    await broker.kill('SIGTERM')
    await startAgain()
    await someMore()
    over = true
    await load
    await receiver.all(published)
  }, 90_000)

  test('services start without their broker, and work as soon as it is there', async () => {
    const port = await freePort()
    const log = keptLog()
    const url = broker.url.replace(String(broker.port), String(port))
    const [publisher, receiver] = [transport({ url, logger: log }), countingReceiver()]
    publisher.receive('orders', receiver.accept)
    const event = userEvent(1)
    await expect(publisher.deliver('orders', [event], signal)).rejects.toThrow('RabbitMQ cannot be reached (ECONNREFUSED).')
    await broker.stop()
    broker = await startRabbitmq({ password, port, dataDir: broker.dataDir })
    await deliverAll(publisher, [event])
    await receiver.all([event.id])
    expect(log.lines.map(({ message }) => message)).toContain('RabbitMQ answers again')
  })

  test('an event that kills its process is dead after its limit, its neighbours are delivered, and it is redriven by command', async () => {
    const publisher = transport({ deliveryLimit: 2 })
    const events = Array.from({ length: 30 }, (_, index) => userEvent(index))
    const poison = events[10]?.id ?? ''
    await deliverAll(publisher, events)
    const accepted = new Set<string>()
    const operator = queues()
    let deaths = 0
    const isDead = async () => (await operator.depths('orders')).dead > 0
    while (!(await isDead())) {
      deaths += await diesOf(poison, accepted, isDead)
    }
    expect(deaths).toBe(3)
    const receiver = countingReceiver()
    transport().receive('orders', receiver.accept)
    const others = events.map(({ id }) => id).filter((id) => id !== poison)
    await receiver.all(others.filter((id) => !accepted.has(id)))
    expect(receiver.seen.has(poison)).toBe(false)
    expect(await operator.listDead('orders', 10)).toEqual([{ eventId: poison, type: 'user.activated', reason: 'delivery_limit' }])
    expect(await operator.redrive('orders', { limit: 10, eventId: userEvent(1).id })).toBe(0)
    expect(await operator.redrive('orders', { limit: 10, eventId: poison })).toBe(1)
    await receiver.all([poison])
    await expect.poll(() => operator.depths('orders')).toEqual({ waiting: 0, dead: 0 })
  })

  /** Runs a subscriber until it dies of the event, or the event is dead already; answers how often it died. */
  async function diesOf(poison: string, accepted: Set<string>, isDead: () => Promise<boolean>): Promise<number> {
    const file = fileURLToPath(new URL('fixtures/dying-subscriber.ts', import.meta.url))
    const child = spawn(process.execPath, [file, broker.url, namespace, poison], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit').then(([, killedBy]: unknown[]) => killedBy)
    createInterface({ input: child.stdout }).on('line', (id) => accepted.add(id))
    let killedBy: unknown
    while (killedBy === undefined) {
      if (await isDead()) child.kill('SIGTERM')
      killedBy = await Promise.race([exited.then((signal) => signal ?? 'nobody'), delay(200)])
    }
    return killedBy === 'SIGKILL' ? 1 : 0
  }

  test('the password is in no error and in no log', async () => {
    const log = keptLog()
    const url = broker.url.replace(encodeURIComponent(password), `${encodeURIComponent(password)}-wrong`)
    const refused = transport({ url, logger: log })
    refused.receive('orders', async () => [])
    const error = await refused.deliver('orders', [userEvent(1)], signal).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ message: 'RabbitMQ cannot be reached (403 ACCESS-REFUSED).' })
    expect(log.lines.length).toBeGreaterThan(0)
    for (const secret of [password, encodeURIComponent(password)]) {
      expect(inspect([error, log.lines], { depth: 10, showHidden: true })).not.toContain(secret)
    }
  })
})
