import { launchService, freePort, serviceFile, type ProcessName, type Stack } from '@polystore/dev-stack'
import { MongoClient } from 'mongodb'
import postgres from 'postgres'
import { treeCpuSeconds } from '../process-cpu.ts'
import { introducedBuyers, tokenBuyers } from './buyers.ts'
import type { Buyer, MakeLoad } from './load.ts'

/** Somewhere to place orders. */
export interface Shop {
  readonly port: number
  readonly path: string
  /** Buyers who may order now and for the next minute. */
  buyers(): readonly Buyer[]
  /** Of everything that works for an order, databases included, by name. */
  cpuSeconds(): Readonly<Record<string, number>>
}

/** A shop under load; `rest` waits until nothing is left to be done for its orders. */
export interface Subject {
  readonly shop: Shop
  readonly makeLoad: MakeLoad
  readonly rest: () => Promise<number>
}

type Process = () => number | undefined
const databases = ['postgres', 'mongo'] as const

/** This system without its gateway: buyers are introduced as the gateway would. */
export function directShop(stack: Stack, userIds: readonly string[]): Shop {
  return {
    ...address(stack.urls.orders, '/orders'),
    buyers: () => introducedBuyers(stack, userIds),
    cpuSeconds: cpuOf(stackProcesses(stack, ['orders', 'products', 'auth', ...databases])),
  }
}

export function gatewayShop(stack: Stack, secret: string, userIds: readonly string[]): Shop {
  const buyers = tokenBuyers(secret, userIds)
  return {
    ...address(stack.urls.gateway, '/api/v1/orders'),
    buyers: () => buyers,
    cpuSeconds: cpuOf(stackProcesses(stack, ['gateway', 'orders', 'products', 'auth', ...databases])),
  }
}

export interface BaselineShops {
  readonly url: string
  readonly direct: Shop
  readonly throughGateway: Shop
}

/** The baseline over databases of its own on the same two servers, and a second gateway in front of it. */
export async function startBaseline(
  stack: Stack,
  { secret, userIds, cleanUp }: { secret: string; userIds: readonly string[]; cleanUp: AsyncDisposableStack },
): Promise<BaselineShops> {
  const env = await baselineDatabases(stack)
  const baseline = await launch(stack, { name: 'baseline', file: new URL('baseline-service.ts', import.meta.url).pathname, env }, cleanUp)
  const gatewayEnv = { ...stack.environments.gateway, ORDERS_URL: baseline.url }
  const gateway = await launch(stack, { name: 'baseline-gateway', file: serviceFile('gateway', 'server.ts'), env: gatewayEnv }, cleanUp)
  const named = (buyers: readonly Buyer[]) => buyers.map(({ headers }, at) => ({ headers, fields: `"userId":"${userIds[at] ?? ''}",` }))
  const anybody = named(userIds.map(() => ({ headers: '', fields: '' })))
  const withTokens = named(tokenBuyers(secret, userIds))
  const processes = { ...stackProcesses(stack, databases), baseline: () => baseline.pid }
  return {
    url: baseline.url,
    direct: { ...address(baseline.url, '/orders'), buyers: () => anybody, cpuSeconds: cpuOf(processes) },
    throughGateway: {
      ...address(gateway.url, '/api/v1/orders'),
      buyers: () => withTokens,
      cpuSeconds: cpuOf({ ...processes, gateway: () => gateway.pid }),
    },
  }
}

async function baselineDatabases(stack: Stack): Promise<Record<string, string>> {
  const admin = postgres(stack.urls.postgres, { max: 1, onnotice: () => {} })
  await admin`create database bench_baseline`
  await admin.end()
  const databaseUrl = new URL(stack.urls.postgres)
  databaseUrl.pathname = '/bench_baseline'
  const mongoUrl = new URL(stack.urls.mongo)
  mongoUrl.pathname = '/bench_baseline'
  await using mongo = new MongoClient(mongoUrl.href)
  await mongo.db().createCollection('stock')
  return { DATABASE_URL: databaseUrl.href, MONGO_URL: mongoUrl.href }
}

async function launch(
  stack: Stack,
  { name, file, env }: { name: string; file: string; env: Readonly<Record<string, string>> },
  cleanUp: AsyncDisposableStack,
): Promise<{ pid: number; url: string }> {
  const port = await freePort(0)
  const url = `http://127.0.0.1:${port}`
  const launched = await launchService(
    {
      name,
      file,
      env: { ...process.env, ...env, PORT: String(port) },
      readyUrl: `${url}/readyz`,
      logFile: `${stack.dataDir}/logs/${name}.log`,
    },
    AbortSignal.timeout(30_000),
  )
  cleanUp.defer(async () => launched.stop())
  return { pid: launched.pid, url }
}

function address(url: string, path: string): Pick<Shop, 'port' | 'path'> {
  return { port: Number(new URL(url).port), path }
}

function stackProcesses(stack: Stack, names: readonly ProcessName[]): Record<string, Process> {
  return Object.fromEntries(names.map((name): [string, Process] => [name, () => stack.processes.get(name)?.pid]))
}

function cpuOf(processes: Readonly<Record<string, Process>>): Shop['cpuSeconds'] {
  return () =>
    Object.fromEntries(
      Object.entries(processes).map(([name, pidOf]) => {
        const pid = pidOf()
        return [name, pid === undefined ? 0 : treeCpuSeconds(pid)]
      }),
    )
}
