import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { databaseUrl, startStack, type Stack } from '@polystore/dev-stack'
import { startToxiproxy, type Toxiproxy } from '../toxiproxy/toxiproxy.ts'
import { createLinks, type Links } from './links.ts'
import { openStores, type Stores } from './stores.ts'

export interface SystemOptions {
  readonly transport: 'http' | 'rabbitmq'
  /** The program; without it no wire is cut. */
  readonly toxiproxy: string | undefined
  readonly random: () => number
  /** For every service, over what chaos sets. */
  readonly env?: Readonly<Record<string, string>>
  readonly log: (line: string) => void
}

/** Two processes of orders and of products, one of each other service, and a hand on every process and wire. */
export interface System {
  readonly stack: Stack
  readonly stores: Stores
  readonly toxiproxy: Toxiproxy | undefined
  readonly links: Links
  /** Names the mistake that services put into their sources at their next start. */
  readonly plantFile: string
  /** Processes that came back after a death so far. */
  restarts(): number
  close(): Promise<void>
}

/** What makes recovery quick and the limits of one address none; the usual values only take longer. */
const impatience = {
  NODE_ENV: 'test',
  LOG_LEVEL: 'warn',
  ARGON2_MEMORY_KIB: '64',
  ARGON2_TIME: '1',
  RATE_LIMIT_PER_MINUTE: '1000000',
  RATE_LIMIT_LOGIN_PER_MINUTE: '1000000',
  ORDER_GRACE_SECONDS: '1',
  RECOVERY_POLL_MS: '100',
  RECOVERY_LEASE_SECONDS: '2',
  EVENT_POLL_MS: '100',
  EVENT_LEASE_SECONDS: '2',
  EVENT_MAX_TRIES: '3',
  RECONCILE_INTERVAL_SECONDS: '0',
}

const plantLoader = new URL('../plants/plant.ts', import.meta.url).href

export async function openSystem(options: SystemOptions): Promise<System> {
  const { random, transport } = options
  await using cleanUp = new AsyncDisposableStack()
  const counter = countRestarts(options.log)
  const folder = await mkdtemp(path.join(tmpdir(), 'polystore-chaos-'))
  const plantFile = path.join(folder, 'plant')
  const env = { ...impatience, NODE_OPTIONS: `--import ${plantLoader}`, CHAOS_PLANT_FILE: plantFile, ...options.env }
  cleanUp.defer(async () => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  const toxiproxy =
    options.toxiproxy === undefined ? undefined : await startToxiproxy(options.toxiproxy, path.join(folder, 'toxiproxy.log'))
  if (toxiproxy) cleanUp.defer(async () => toxiproxy.close())
  const links = createLinks({ toxiproxy, random, env })
  cleanUp.defer(async () => void (await Promise.all([...links.relays.values()].map(async (relay) => relay.close()))))
  const stack = await startStack({
    dataDir: path.join(folder, 'stack'),
    transport,
    env,
    replicas: ['orders-2', 'products-2'],
    rewire: links.rewire,
    backOff: { firstMs: 100, maxMs: 500, attempts: 1_000 },
    log: counter.log,
  })
  cleanUp.defer(async () => stack.stop())
  const stores = storesOf(stack)
  cleanUp.defer(async () => stores.close())
  const opened = cleanUp.move()
  return { stack, stores, toxiproxy, links, plantFile, restarts: counter.restarts, close: async () => opened.disposeAsync() }
}

function storesOf({ urls }: Stack): Stores {
  return openStores({
    orders: databaseUrl(urls.postgres, 'polystore_orders'),
    auth: databaseUrl(urls.postgres, 'polystore_auth'),
    products: databaseUrl(urls.mongo, 'polystore_products'),
  })
}

function countRestarts(log: (line: string) => void): { log: (line: string) => void; restarts: () => number } {
  let restarts = 0
  return {
    restarts: () => restarts,
    log: (line) => {
      if (line.endsWith('is running again')) restarts++
      log(line)
    },
  }
}
