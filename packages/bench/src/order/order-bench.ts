import { randomBytes } from 'node:crypto'
import { startStack } from '@polystore/dev-stack'
import type { Contest, Goal, Observation, PrepareBench, Way } from '../contest.ts'
import { rates, type Leg } from '../measure.ts'
import { OrdersAtWork } from './at-rest.ts'
import { announceCustomers } from './buyers.ts'
import { describeCpu } from './cpu-per-order.ts'
import { flashSale } from './flash-sale.ts'
import { startLoad } from './load.ts'
import { killAtFullLoad } from './recovery.ts'
import { fillBaseline, ShopStock } from './shop-stock.ts'
import { directShop, gatewayShop, startBaseline, type Shop, type Subject } from './shops.ts'

const plenty = 900_000
const spread = Array.from({ length: 2_000 }, (_, index) => `BENCH-${index}`)
const hot = ['BENCH-HOT']
const buyerCount = 32
const baselineName = 'one service, a transaction per database'
const behindGateway = `${baselineName}, behind the same gateway`

/** Placing an order through HTTP: this system, with its gateway and without, against the straightforward service. */
export const prepareOrderBench: PrepareBench = async (cleanUp) => {
  const secret = randomBytes(32).toString('base64url')
  const env = {
    LOG_LEVEL: 'warn',
    RATE_LIMIT_PER_MINUTE: '1000000',
    RATE_LIMIT_LOGIN_PER_MINUTE: '1000000',
    RECONCILE_INTERVAL_SECONDS: '0',
    JWT_HS256_SECRET: secret,
  }
  const stack = await startStack({ durable: true, env })
  cleanUp.defer(async () => stack.stop())
  const shelves = [...spread, ...hot].map((sku) => ({ sku, pieces: plenty }))
  const stock = await ShopStock.open(stack)
  await stock.fill(shelves)
  const userIds = await announceCustomers(stack, buyerCount)
  const baseline = await startBaseline(stack, { secret, userIds, cleanUp })
  await fillBaseline(baseline.url, shelves)
  const ordersAtWork = new OrdersAtWork(stack, cleanUp)
  const makeLoad = startLoad(cleanUp)
  const subject = (shop: Shop): Subject => ({ shop, makeLoad, rest: async () => ordersAtWork.rest() })
  const subjects = {
    direct: subject(directShop(stack, userIds)),
    throughGateway: subject(gatewayShop(stack, secret, userIds)),
    baseline: subject(baseline.direct),
    baselineThroughGateway: subject(baseline.throughGateway),
  }
  const scene = { stack, stock, makeLoad, ordersAtWork, secret }
  return {
    contests: contests(subjects),
    observe: async () =>
      inTurn([
        () => describeCpu(subjects.direct, { title: 'without the gateway, spread', skus: spread }),
        () => describeCpu(subjects.direct, { title: 'without the gateway, one hot SKU', skus: hot }),
        () => describeCpu(subjects.throughGateway, { title: 'through the gateway, spread', skus: spread }),
        () => describeCpu(subjects.baseline, { title: 'the baseline, spread', skus: spread }),
        () => flashSale(scene, 'directly'),
        () => flashSale(scene, 'through the gateway'),
        () => killAtFullLoad(scene, { skus: spread, killed: ['orders'] }),
        () => killAtFullLoad(scene, { skus: spread, killed: ['products'] }),
        () => killAtFullLoad(scene, { skus: spread, killed: ['orders', 'products'] }),
      ]),
  }
}

/** One that fails is missed, and the next is made all the same. */
async function inTurn(makers: readonly (() => Promise<Observation>)[]): Promise<Observation[]> {
  const observations: Observation[] = []
  for (const make of makers) {
    observations.push(
      await make().catch((error: unknown) => ({ text: error instanceof Error ? error.message : String(error), met: false })),
    )
  }
  return observations
}

type Subjects = Record<'direct' | 'throughGateway' | 'baseline' | 'baselineThroughGateway', Subject>

interface Task {
  readonly width: number
  readonly skus: readonly string[]
  readonly lines: number
}

function contests({ direct, throughGateway, baseline, baselineThroughGateway }: Subjects): Contest[] {
  const row = (path: string, ours: Subject, task: Task, goal: (over: string) => Goal, gateway = false): Contest => ({
    path,
    ours: [{ name: 'this system', leg: placing(ours, task) }],
    baselines: [way(baselineName, baseline, task), ...(gateway ? [way(behindGateway, baselineThroughGateway, task)] : [])],
    goals: [goal(gateway ? behindGateway : baselineName)],
  })
  const lone = { width: 1, skus: spread, lines: 2 }
  const many = { width: buyerCount, skus: spread, lines: 2 }
  const rush = { width: buyerCount, skus: hot, lines: 1 }
  const faster = (atLeast: number) => (over: string) => ({ metric: 'throughput', over, atLeast }) as const
  const asQuick = (over: string) => ({ metric: 'latency', over, atMost: 1.2 }) as const
  return [
    row('1 buyer, 2 lines, spread', direct, lone, asQuick),
    row('32 buyers, 2 lines, spread', direct, many, faster(4)),
    row('32 buyers, 1 hot SKU', direct, rush, faster(10)),
    row('1 buyer, 2 lines, spread, through the gateway', throughGateway, lone, asQuick, true),
    row('32 buyers, 2 lines, spread, through the gateway', throughGateway, many, faster(4), true),
    row('32 buyers, 1 hot SKU, through the gateway', throughGateway, rush, faster(10), true),
  ]
}

function way(name: string, subject: Subject, task: Task): Way {
  return { name, leg: placing(subject, task) }
}

/** The time is that of the answers; the CPU is everything until the last of the work behind them is done. */
function placing({ shop, makeLoad, rest }: Subject, task: Task): Leg {
  return async (milliseconds) => {
    const job = { ...task, skus: [...task.skus], port: shop.port, path: shop.path, buyers: [...shop.buyers()] }
    const cpuBefore = shop.cpuSeconds()
    const report = await makeLoad({ ...job, milliseconds, orders: Number.MAX_SAFE_INTEGER })
    await rest()
    const cpuSeconds = sum(shop.cpuSeconds()) - sum(cpuBefore)
    const { 201: operations = 0, ...others } = report.statuses
    if (report.broken > 0 || Object.keys(others).length > 0) {
      throw new Error(`orders were not placed: ${JSON.stringify({ others, broken: report.broken, first: report.unexpected[0] })}`)
    }
    return { ...rates({ operations, seconds: report.seconds, cpuSeconds }), latency: (report.p50 ?? Number.NaN) * 1_000 }
  }
}

function sum(seconds: Readonly<Record<string, number>>): number {
  return Object.values(seconds).reduce((total, one) => total + one, 0)
}
