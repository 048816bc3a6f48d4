import { holdOutcomes, hold, holdList, maxHoldsPerCommand, stockAudit, stockAuditList } from '@polystore/contracts'
import type { Hold, HoldOutcome, ReserveDemand, StockAudit } from '@polystore/contracts'
import { Joiner, type JoinLimits } from '@polystore/db-core'
import { Problem, type ServiceClient } from '@polystore/service-kit'
import { sizeOf } from './group-limits.ts'
import type { OrderedLine } from './order.ts'

const timeoutMs = 5_000
const maxQuantity = 1_000_000
const limits: JoinLimits = { maxSize: maxHoldsPerCommand, smallestShare: maxHoldsPerCommand, maxInFlight: 2, maxWaitMs: timeoutMs }

/** What orders asks of products. Every command may be repeated: products answers with the stored result. Concurrent ones share a request. */
export class ProductsClient {
  readonly #client: ServiceClient
  readonly #reserves = new Joiner<ReserveDemand, HoldOutcome>(limits)
  /** Nobody waits for them, so they leave the way free for those that somebody waits for. */
  readonly #commits = new Joiner<string, HoldOutcome>({ ...limits, maxInFlight: 1 })
  readonly #releases = new Joiner<string, HoldOutcome>(limits)

  constructor(client: ServiceClient) {
    this.#client = client
  }

  /** All lines or none. @throws Problem upstream-unavailable, upstream-timeout */
  async reserve(orderId: string, lines: readonly OrderedLine[]): Promise<Hold> {
    const demand = { orderId, lines: lines.flatMap(toDemand) }
    const outcome = await this.#reserves.join('', demand, sizeOf(lines), async (calls) => {
      const outcomes = await this.#command('/holds/reserve', { orders: calls.map(({ item }) => item) })
      for (const [index, call] of calls.entries()) call.resolve(outcomes[index] ?? unavailable(call.item.orderId))
    })
    return holdOf(outcome)
  }

  /** The held stock is sold. */
  async commit(orderId: string): Promise<Hold> {
    return holdOf(await this.#join(this.#commits, '/holds/commit', orderId))
  }

  /** The held or sold stock returns; without a hold a tombstone refuses a late reserve. */
  async release(orderId: string): Promise<Hold> {
    return holdOf(await this.#join(this.#releases, '/holds/release', orderId))
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

  #join(joiner: Joiner<string, HoldOutcome>, path: string, orderId: string): Promise<HoldOutcome> {
    return joiner.join('', orderId, 1, async (calls) => {
      const outcomes = await this.#command(path, { orderIds: calls.map(({ item }) => item) })
      for (const [index, call] of calls.entries()) call.resolve(outcomes[index] ?? unavailable(call.item))
    })
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

function unavailable(orderId: string): HoldOutcome {
  return { orderId, refused: 'unavailable' }
}

function holdOf(outcome: HoldOutcome): Hold {
  if ('hold' in outcome) return outcome.hold
  const cause = new Error(`products refused the command: ${outcome.refused}`)
  if (outcome.refused === 'unavailable') throw new Problem('upstream-unavailable', { cause, headers: { 'retry-after': '1' } })
  throw new Problem('bad-gateway', { cause })
}
