import { randomInt, randomUUID } from 'node:crypto'
import { createIdentitySigner, identityHeader, type Identity } from '@polystore/service-kit'
import { demoLogins, freePort, launchService, startStack, type Stack } from '@polystore/dev-stack'
import { MongoClient } from 'mongodb'
import postgres from 'postgres'
import { Pool } from 'undici'
import { z } from 'zod'
import type { Contest, PrepareBench } from '../contest.ts'
import { repeat, type Leg } from '../measure.ts'
import { processCpuSeconds } from '../process-cpu.ts'

const skuCount = 2_000
const plenty = 900_000
const priceCents = 250

interface Shop {
  /** Places one order and checks that it was accepted. */
  place(lines: readonly { sku: string; quantity: number }[]): Promise<void>
  cpuSeconds(): number
}

/** Placing an order through HTTP: this system, with the gateway and without, against the straightforward service. */
export const prepareOrderBench: PrepareBench = async (cleanUp) => {
  const env = {
    LOG_LEVEL: 'warn',
    RATE_LIMIT_PER_MINUTE: '1000000',
    RATE_LIMIT_LOGIN_PER_MINUTE: '1000000',
    RECONCILE_INTERVAL_SECONDS: '0',
  }
  const stack = await startStack({ durable: true, env })
  cleanUp.defer(async () => stack.stop())
  const skus = Array.from({ length: skuCount }, (_, index) => `BENCH-${index}`)
  const staff = await logIn(stack, demoLogins.admin)
  const customer = await logIn(stack, demoLogins.customer)
  await fillShop(stack, staff.token, skus)
  const baseline = await startBaseline(stack, skus, cleanUp)
  const direct = directShop(stack, customer.id, cleanUp)
  const throughGateway = gatewayShop(stack, customer.token, cleanUp)
  return { contests: contests({ baseline, direct, throughGateway }, skus) }
}

function contests(shops: Record<'baseline' | 'direct' | 'throughGateway', Shop>, skus: readonly string[]): Contest[] {
  const spread = () => [skus[randomInt(skuCount)] ?? '', skus[randomInt(skuCount)] ?? '']
  const two = (shop: Shop) => async () => shop.place(distinct(spread()).map((sku) => ({ sku, quantity: 1 })))
  const hot = (shop: Shop) => async () => shop.place([{ sku: skus[0] ?? '', quantity: 1 }])
  const leg = (shop: Shop, width: number, order: (shop: Shop) => () => Promise<void>): Leg =>
    repeat(width, order(shop), () => shop.cpuSeconds())
  const row = (path: string, shop: Shop, width: number, order: typeof two): Contest => ({
    path,
    ours: [{ name: 'this system', leg: leg(shop, width, order) }],
    baselines: [{ name: 'one service, a transaction per database', leg: leg(shops.baseline, width, order) }],
    goals: [],
  })
  return [
    row('1 buyer, 2 lines, spread', shops.direct, 1, two),
    row('32 buyers, 2 lines, spread', shops.direct, 32, two),
    row('32 buyers, 1 hot SKU', shops.direct, 32, hot),
    row('1 buyer, 2 lines, spread, through the gateway', shops.throughGateway, 1, two),
    row('32 buyers, 2 lines, spread, through the gateway', shops.throughGateway, 32, two),
  ]
}

function distinct(skus: readonly string[]): string[] {
  return [...new Set(skus)]
}

async function logIn(stack: Stack, email: string): Promise<{ token: string; id: string }> {
  const answer = await post(`${stack.urls.gateway}/api/v1/auth/login`, { email, password: demoLogins.password })
  const { access_token: token } = z.looseObject({ access_token: z.string() }).parse(answer)
  const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  return { token, id: z.looseObject({ sub: z.string() }).parse(payload).sub }
}

async function fillShop(stack: Stack, token: string, skus: readonly string[]): Promise<void> {
  for (let from = 0; from < skus.length; from += 250) {
    const items = skus.slice(from, from + 250).map((sku) => ({
      name: sku,
      status: 'active',
      variants: [{ sku, priceCents, currency: 'GBP', initialStock: plenty }],
    }))
    await post(`${stack.urls.gateway}/api/v1/products/bulk`, { items }, { authorization: `Bearer ${token}` })
  }
}

async function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  })
  if (!response.ok) throw new Error(`POST ${url} answered ${response.status}: ${await response.text()}`)
  return response.json()
}

/** The baseline over databases of its own on the same two servers. */
async function startBaseline(stack: Stack, skus: readonly string[], cleanUp: AsyncDisposableStack): Promise<Shop> {
  const admin = postgres(stack.urls.postgres, { max: 1, onnotice: () => {} })
  await admin`create database bench_baseline`
  await admin.end()
  const databaseUrl = new URL(stack.urls.postgres)
  databaseUrl.pathname = '/bench_baseline'
  const mongoUrl = new URL(stack.urls.mongo)
  mongoUrl.pathname = '/bench_baseline'
  const mongo = new MongoClient(mongoUrl.href)
  await mongo.db().createCollection('stock')
  await mongo.close()
  const port = await freePort(0)
  const url = `http://127.0.0.1:${port}`
  const launched = await launchService(
    {
      name: 'baseline',
      file: new URL('baseline-service.ts', import.meta.url).pathname,
      env: { ...process.env, DATABASE_URL: databaseUrl.href, MONGO_URL: mongoUrl.href, PORT: String(port) },
      readyUrl: `${url}/readyz`,
      logFile: `${stack.dataDir}/logs/baseline.log`,
    },
    AbortSignal.timeout(30_000),
  )
  cleanUp.defer(async () => launched.stop())
  await post(
    `${url}/stock`,
    skus.map((sku) => ({ sku, available: plenty, priceCents })),
  )
  return httpShop(
    { url, path: '/orders', headers: () => ({}), wrap: (lines) => ({ userId: 'bench', lines }), pids: () => [launched.pid] },
    cleanUp,
  )
}

function directShop(stack: Stack, userId: string, cleanUp: AsyncDisposableStack): Shop {
  const sign = createIdentitySigner(stack.environments.orders['INTERNAL_SECRET'] ?? '')
  const identity: Identity = { kind: 'user', id: userId, roles: ['customer'], tokenId: randomUUID() }
  const headers = () => ({ [identityHeader]: sign(identity), 'idempotency-key': randomUUID() })
  return httpShop(
    {
      url: stack.urls.orders,
      path: '/orders',
      headers,
      wrap: (lines) => ({ lines }),
      pids: () => pidsOf(stack, ['orders', 'products', 'auth']),
    },
    cleanUp,
  )
}

function gatewayShop(stack: Stack, token: string, cleanUp: AsyncDisposableStack): Shop {
  const headers = () => ({ authorization: `Bearer ${token}`, 'idempotency-key': randomUUID() })
  const pids = () => pidsOf(stack, ['gateway', 'orders', 'products', 'auth'])
  return httpShop({ url: stack.urls.gateway, path: '/api/v1/orders', headers, wrap: (lines) => ({ lines }), pids }, cleanUp)
}

function pidsOf(stack: Stack, names: readonly ('gateway' | 'orders' | 'products' | 'auth')[]): number[] {
  return names.flatMap((name) => stack.processes.get(name)?.pid ?? [])
}

interface HttpShop {
  readonly url: string
  readonly path: string
  readonly headers: () => Record<string, string>
  readonly wrap: (lines: readonly { sku: string; quantity: number }[]) => unknown
  readonly pids: () => number[]
}

function httpShop(options: HttpShop, cleanUp: AsyncDisposableStack): Shop {
  const pool = new Pool(options.url, { connections: 64 })
  cleanUp.defer(async () => pool.close())
  return {
    cpuSeconds: () => processCpuSeconds(options.pids()),
    place: async (lines) => {
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path: options.path,
        headers: { 'content-type': 'application/json', ...options.headers() },
        body: JSON.stringify(options.wrap(lines)),
      })
      const text = await body.text()
      if (statusCode !== 201) throw new Error(`the order was answered ${statusCode}: ${text}`)
    },
  }
}
