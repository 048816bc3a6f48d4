import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer } from 'testcontainers'
import { urlVariables, type DatabaseKind, type TestServers } from './database-kinds.ts'

const readyTimeoutMs = 120_000
const engineTimeoutMs = 15_000

const defaultImages: Readonly<Record<DatabaseKind, string>> = {
  postgres: 'postgres:18',
  mongo: 'mongo:8',
  mariadb: 'mariadb:11',
  redis: 'redis:8',
  rabbitmq: 'rabbitmq:4',
}

async function engineAnswers(): Promise<void> {
  const late = delay(engineTimeoutMs, undefined, { ref: false })
  const answer = await Promise.race([getContainerRuntimeClient(), late])
  if (answer === undefined) throw new Error(`the container engine did not answer within ${engineTimeoutMs} ms`)
}

interface Started {
  kind: DatabaseKind
  image: string
  container: StartedTestContainer
  url: string
}

/** Real servers by Testcontainers; POSTGRES_IMAGE, MONGO_IMAGE, MARIADB_IMAGE, REDIS_IMAGE and RABBITMQ_IMAGE choose the images. */
export async function startContainers(kinds: readonly DatabaseKind[], env = process.env): Promise<TestServers> {
  await engineAnswers()
  const images = {
    postgres: env.POSTGRES_IMAGE || defaultImages.postgres,
    mongo: env.MONGO_IMAGE || defaultImages.mongo,
    mariadb: env.MARIADB_IMAGE || defaultImages.mariadb,
    redis: env.REDIS_IMAGE || defaultImages.redis,
    rabbitmq: env.RABBITMQ_IMAGE || defaultImages.rabbitmq,
  }
  const containers: StartedTestContainer[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(containers.map((container) => container.stop({ timeout: 2_000 })))
  }
  const start = async (kind: DatabaseKind): Promise<Started> => {
    const container = await starters[kind].container(images[kind]).start()
    containers.push(container)
    return { kind, image: images[kind], container, url: await starters[kind].ready(container) }
  }
  const results = await Promise.allSettled(kinds.map(start))
  const failure = results.find((result) => result.status === 'rejected')
  if (failure) {
    await stop()
    throw failure.reason
  }
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  return {
    description: `databases: containers (${started.map(({ image }) => image).join(', ')})`,
    env: Object.fromEntries(started.map(({ kind, url }) => [urlVariables[kind], url])),
    stop,
  }
}

interface Starter {
  container(image: string): GenericContainer
  ready(container: StartedTestContainer): Promise<string>
}

const starters: Readonly<Record<DatabaseKind, Starter>> = {
  postgres: {
    container: (image) =>
      new GenericContainer(image)
        .withEnvironment({ POSTGRES_PASSWORD: 'polystore' })
        .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=300'])
        .withExposedPorts(5432),
    async ready(container) {
      const url = `postgres://postgres:polystore@${container.getHost()}:${container.getMappedPort(5432)}/postgres`
      await untilReady(() => postgresAnswers(url))
      return url
    },
  },
  mariadb: {
    container: (image) =>
      new GenericContainer(image)
        .withEnvironment({ MARIADB_ROOT_PASSWORD: 'polystore', MYSQL_ROOT_PASSWORD: 'polystore' })
        .withCommand(['--max-connections=300', '--innodb-flush-log-at-trx-commit=0'])
        .withExposedPorts(3306),
    async ready(container) {
      const url = `mysql://root:polystore@${container.getHost()}:${container.getMappedPort(3306)}/`
      await untilReady(() => mariadbAnswers(url))
      return url
    },
  },
  redis: {
    container: (image) => new GenericContainer(image).withCommand(['--protected-mode', 'no', '--save', '']).withExposedPorts(6379),
    async ready(container) {
      const address = { host: container.getHost(), port: container.getMappedPort(6379) }
      await untilReady(() => redisAnswers(address))
      return `redis://${address.host}:${address.port}`
    },
  },
  rabbitmq: {
    // In a settings file, because Debian's image knows no RABBITMQ_DEFAULT_USER, and `guest` is let in from inside alone.
    container: (image) =>
      new GenericContainer(image)
        .withCopyContentToContainer([{ content: rabbitmqSettings, target: '/etc/rabbitmq/rabbitmq.conf', mode: 0o644 }])
        .withExposedPorts(5672),
    async ready(container) {
      const address = { host: container.getHost(), port: container.getMappedPort(5672) }
      await untilReady(() => rabbitmqAnswers(address))
      return `amqp://polystore:polystore@${address.host}:${address.port}`
    },
  },
  mongo: {
    // As in development: what a killed process left open ends soon.
    container: (image) =>
      new GenericContainer(image)
        .withCommand(['--replSet', 'rs0', '--bind_ip_all', '--setParameter', 'transactionLifetimeLimitSeconds=10'])
        .withExposedPorts(27017),
    async ready(container) {
      const url = `mongodb://${container.getHost()}:${container.getMappedPort(27017)}/?directConnection=true`
      await untilReady(() => becomesPrimary(url))
      return url
    },
  },
}

const rabbitmqSettings = ['default_user = polystore', 'default_pass = polystore', 'log.console = true', ''].join('\n')

async function untilReady(probe: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + readyTimeoutMs
  for (;;) {
    try {
      return await probe()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await delay(200)
    }
  }
}

async function postgresAnswers(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('SELECT 1')
  } finally {
    await client.end()
  }
}

async function mariadbAnswers(url: string): Promise<void> {
  const connection = await createConnection({ uri: url, connectTimeout: 2_000 })
  connection.on('error', () => {})
  try {
    await connection.query({ sql: 'select 1', timeout: 2_000 })
  } finally {
    connection.destroy()
  }
}

interface Address {
  readonly host: string
  readonly port: number
}

async function redisAnswers(address: Address): Promise<void> {
  if ((await ask(address, 'PING\r\n')) !== '+PONG\r\n') throw new Error('Redis is not ready yet')
}

/** A broker answers a protocol that it does not speak with the one that it does. */
async function rabbitmqAnswers(address: Address): Promise<void> {
  if (!(await ask(address, 'AMQP\u0000\u0009\u0009\u0009')).startsWith('AMQP')) throw new Error('RabbitMQ is not ready yet')
}

/** What comes first after these words. */
async function ask(address: Address, words: string): Promise<string> {
  const socket = connect({ ...address, timeout: 2_000 })
  try {
    socket.on('timeout', () => socket.destroy(new Error(`port ${address.port} did not answer in time`)))
    socket.write(words)
    const [answer]: unknown[] = await once(socket, 'data')
    return String(answer)
  } finally {
    socket.destroy()
  }
}

async function becomesPrimary(url: string): Promise<void> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 2_000 })
  try {
    const admin = client.db('admin')
    const state = await admin.command({ hello: 1 })
    if (state.isWritablePrimary === true) return
    if (state.setName === undefined) {
      const members = [{ _id: 0, host: '127.0.0.1:27017' }]
      await admin.command({ replSetInitiate: { _id: 'rs0', version: 1, members } })
    }
    throw new Error('the replica set has no primary yet')
  } finally {
    await client.close()
  }
}
