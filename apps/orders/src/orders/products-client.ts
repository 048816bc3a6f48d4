import { holdOutcomes, hold, holdList, stockAudit, stockAuditList } from '@polystore/contracts'
import type { Hold, HoldOutcome, ReserveDemand, StockAudit } from '@polystore/contracts'
import { Joiner, type JoinedCall } from '@polystore/db-core'
import { Problem, UpstreamProblem, type ServiceClient } from '@polystore/service-kit'
import { groupLimits, sizeOf } from './group-limits.ts'
import type { OrderedLine } from './order.ts'

const timeoutMs = 5_000
const maxQuantity = 1_000_000
/** Two requests under way at once held 10 orders each where one holds 15, and cost a quarter more CPU per order. */
const limits = groupLimits({ maxWaitMs: timeoutMs })

/** What orders asks of products. Every command may be repeated: products answers with the stored result. Concurrent ones share a request. */
export class ProductsClient {
  readonly #client: ServiceClient
  readonly #reserves = new Joiner<ReserveDemand, HoldOutcome>(limits)
  readonly #releases = new Joiner<string, HoldOutcome>(limits)

  constructor(client: ServiceClient) {
    this.#client = client
  }

  /** All lines or none. @throws Problem upstream-unavailable, upstream-timeout */
  async reserve(orderId: string, lines: readonly OrderedLine[]): Promise<Hold> {
    const demand = { orderId, lines: lines.flatMap(toDemand) }
    const send: Send<ReserveDemand> = (orders) => this.#command('/holds/reserve', { orders })
    return holdOf(await this.#reserves.join('', demand, sizeOf(lines), async (calls) => answerEach(calls, send)))
  }

  /** The held or sold stock returns; without a hold a tombstone refuses a late reserve. */
  async release(orderId: string): Promise<Hold> {
    const send: Send<string> = (orderIds) => this.#command('/holds/release', { orderIds })
    return holdOf(await this.#releases.join('', orderId, 1, async (calls) => answerEach(calls, send)))
  }

  /** The hold as it stands. */
  async hold(orderId: string): Promise<Hold> {
    return this.#client.request({ method: 'GET', path: `/holds/${orderId}`, schema: hold, timeoutMs })
  }

  /** Holds in the state HELD after the given order id, at most `limit`. */
  async heldAfter(after: string | undefined, limit: number): Promise<Hold[]> {
    const query = new URLSearchParams({ state: 'HELD', limit: String(limit), ...(after === undefined ? {} : { after }) })
    const list = await this.#client.request({ method: 'GET', path: `/holds?${query}`, schema: holdList, timeoutMs })
    return list.items
  }

  /** Sets the levels of one SKU to what its ledger and its holds say. */
  async repairStock(sku: string): Promise<StockAudit> {
    const path = `/stock/${encodeURIComponent(sku)}/repair`
    return this.#client.request({ method: 'POST', path, schema: stockAudit, timeoutMs })
  }

  /** Stock against ledger and holds, for SKUs after the given one, at most `limit`. */
  async auditAfter(after: string | undefined, limit: number): Promise<StockAudit[]> {
    const query = new URLSearchParams({ limit: String(limit), ...(after === undefined ? {} : { after }) })
    const list = await this.#client.request({
      method: 'GET',
      path: `/stock/audit?${query}`,
      schema: stockAuditList,
      timeoutMs: 30_000,
    })
    return list.items
  }

  /** The outcomes in the order of the orders; those who ask share the time, so no one's end is the end of all. */
  async #command(path: string, body: unknown): Promise<readonly HoldOutcome[]> {
    return (await this.#client.request({ method: 'POST', path, body, schema: holdOutcomes, timeoutMs })).outcomes
  }
}

/** The command bounds a line; lines that were merged may ask for more together, and products merges them again. */
function toDemand({ sku, quantity }: OrderedLine): OrderedLine[] {
  const parts = Math.ceil(quantity / maxQuantity)
  return Array.from({ length: parts }, (_, index) => ({ sku, quantity: Math.min(maxQuantity, quantity - index * maxQuantity) }))
}

type Send<Item> = (items: readonly Item[]) => Promise<readonly HoldOutcome[]>

/** A request that products refuses as a whole is made again in halves, until the order that it refuses it for stands alone. */
async function answerEach<Item>(calls: readonly JoinedCall<Item, HoldOutcome>[], send: Send<Item>): Promise<void> {
  try {
    const outcomes = await send(calls.map(({ item }) => item))
    for (const [index, call] of calls.entries()) {
      const outcome = outcomes[index]
      if (outcome === undefined) call.reject(new Problem('bad-gateway', { cause: new Error('products left an order out') }))
      else call.resolve(outcome)
    }
  } catch (error) {
    if (calls.length === 1 || !isRefusal(error)) throw error
    const middle = Math.ceil(calls.length / 2)
    for (const half of [calls.slice(0, middle), calls.slice(middle)]) await answerEach(half, send).catch(rejectAll(half))
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof UpstreamProblem && error.upstreamStatus < 500 && error.upstreamStatus !== 429
}

function rejectAll<Item>(calls: readonly JoinedCall<Item, HoldOutcome>[]): (error: unknown) => void {
  return (error) => {
    for (const call of calls) call.reject(error)
  }
}

function holdOf(outcome: HoldOutcome): Hold {
  if ('hold' in outcome) return outcome.hold
  const cause = new Error(`products refused the command: ${outcome.refused}`)
  throw new Problem('upstream-unavailable', { cause, headers: { 'retry-after': '1' } })
}
