import { createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { InvalidValueError, UnavailableError } from '../src/errors/repository-error.ts'
import { connectMongo, defineCollection, MongoRepository, objectIdKey, translateMongoErrors } from '../src/mongo/index.ts'
import { failureOf, settledIn, useMongo } from './support/mongo.ts'

const notes = defineCollection({ name: 'notes', schema: z.object({ ...objectIdKey(), text: z.string() }) })

/** A port on which nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

describe('connectMongo', () => {
  const fixture = useMongo([notes])

  it('logs the URL without its secrets', async () => {
    const lines: string[] = []
    const write = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`)
    const database = connectMongo('mongodb://anna:s3cr3t-4711@127.0.0.1:1/shop?authSource=admin', {
      logger: { debug: write, info: write, warn: write, error: write },
    })
    await database.close()
    expect(lines.join('\n')).toContain('anna')
    expect(lines.join('\n')).not.toContain('s3cr3t-4711')
  })

  it.each([
    'mongodb://anna:s3cr3t-4711@[::1/shop',
    'postgres://anna:s3cr3t-4711@db/shop',
    'mongodb://anna:s3cr3t-4711@db:70000000/shop',
    'mongodb://anna:s3cr3t-4711@db/',
    'mongodb://anna:s3cr3t-4711@db?authSource=shop',
    's3cr3t-4711',
  ])('refuses %s without repeating it', async (url) => {
    const error = await failureOf(Promise.resolve().then(() => connectMongo(url)))
    expect(error).toBeInstanceOf(InvalidValueError)
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('s3cr3t-4711')
  })

  it('opens nothing before the first call', async () => {
    const database = fixture.connect()
    expect(await database.health()).toMatchObject({ ok: true, pool: { max: 10, waiting: 0 } })
    const idle = connectMongo(`mongodb://127.0.0.1:${await deadPort()}/shop`)
    await idle.close()
  })

  it('says within its deadline that nobody answers, and is ready once somebody does', async () => {
    const database = connectMongo(`mongodb://127.0.0.1:${await deadPort()}/shop?directConnection=true`, { connectTimeoutMs: 400 })
    const ping = database.ping()
    expect(await settledIn(ping)).toBeLessThan(2000)
    expect(await failureOf(ping)).toBeInstanceOf(UnavailableError)
    expect(await database.health()).toMatchObject({ ok: false })
    const waiting = database.waitUntilReady({ timeoutMs: 1000 })
    expect(await settledIn(waiting)).toBeLessThan(3000)
    expect(await failureOf(waiting)).toBeInstanceOf(UnavailableError)
    await database.close()
  })

  it('stops waiting when it is told to', async () => {
    const database = connectMongo(`mongodb://127.0.0.1:${await deadPort()}/shop?directConnection=true`, { connectTimeoutMs: 200 })
    const control = new AbortController()
    const waiting = database.waitUntilReady({ timeoutMs: 60_000, signal: control.signal })
    control.abort(new Error('stop'))
    expect(await settledIn(waiting)).toBeLessThan(2000)
    await database.close()
  })

  it('gives up on a server that takes connections and says nothing', async () => {
    const sockets: Socket[] = []
    const mute = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1')
    await once(mute, 'listening')
    const address = mute.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const database = connectMongo(`mongodb://127.0.0.1:${port}/shop?directConnection=true`, {
      connectTimeoutMs: 500,
      statementTimeoutMs: 500,
    })
    const ping = database.ping()
    expect(await settledIn(ping)).toBeLessThan(2500)
    expect(await failureOf(ping)).toMatchObject({ name: expect.stringMatching(/Unavailable|StatementTimeout/) })
    await database.close()
    for (const socket of sockets) socket.destroy()
    mute.close()
  })

  it('refuses a call when no connection is free in time, and works again afterwards', async () => {
    const database = fixture.connect({ poolSize: 1, waitQueueTimeoutSeconds: 0.3 })
    const repository = new MongoRepository(database, notes)
    await database.transaction(async (tx) => {
      await repository.create({ text: 'first' }, { tx })
    })
    // A server-side wait holds the one connection.
    const busy = translateMongoErrors(() => database.driver.collection('notes').find({ $where: 'sleep(1500) || true' }).limit(1).toArray())
    const refused = repository.list()
    expect(await settledIn(refused)).toBeLessThan(1200)
    expect(await failureOf(refused)).toBeInstanceOf(UnavailableError)
    await busy
    expect(await repository.list()).toHaveLength(1)
    expect(await database.health()).toMatchObject({ ok: true, pool: { open: 1, max: 1, waiting: 0 } })
  })

  it('stops a statement at its time limit', async () => {
    const database = fixture.connect({ statementTimeoutMs: 200 })
    const slow = database.run((call) => database.driver.collection('notes').find({ $where: 'sleep(3000) || true' }, call).toArray())
    expect(await settledIn(slow)).toBeLessThan(2500)
    expect(await failureOf(slow)).toMatchObject({ code: 'statement-timeout' })
  })

  it('replaces a connection that lay idle too long', async () => {
    const database = fixture.connect({ poolRecycleSeconds: 0.05 })
    const opened: number[] = []
    database.driver.client.on('connectionReady', (event) => void opened.push(Number(event.connectionId)))
    const closed = once(database.driver.client, 'connectionClosed')
    await database.ping()
    await closed
    await database.ping()
    expect(opened.length).toBe(2)
  })

  it('is closed for good', async () => {
    const database = connectMongo(fixture.url)
    await database.ping()
    await database.close()
    expect(await failureOf(database.ping())).toBeInstanceOf(UnavailableError)
  })
})
