import { hold, holdList, stockAudit, stockAuditList, type Hold, type StockAudit } from '@polystore/contracts'
import type { ServiceClient } from '@polystore/service-kit'
import type { OrderedLine } from './order.ts'

const timeoutMs = 5_000

/** What orders asks of products. Every command may be repeated: products answers with the stored result. */
export class ProductsClient {
  readonly #client: ServiceClient

  constructor(client: ServiceClient) {
    this.#client = client
  }

  /** All lines or none. @throws Problem upstream-unavailable, upstream-timeout */
  async reserve(orderId: string, lines: readonly OrderedLine[], signal?: AbortSignal): Promise<Hold> {
    const body = { lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) }
    return this.#client.request({ method: 'PUT', path: `/holds/${orderId}`, body, schema: hold, timeoutMs, ...given(signal) })
  }

  /** The held stock is sold. */
  async commit(orderId: string, signal?: AbortSignal): Promise<Hold> {
    return this.#client.request({ method: 'POST', path: `/holds/${orderId}/commit`, schema: hold, timeoutMs, ...given(signal) })
  }

  /** The held or sold stock returns; without a hold a tombstone refuses a late reserve. */
  async release(orderId: string, signal?: AbortSignal): Promise<Hold> {
    return this.#client.request({ method: 'POST', path: `/holds/${orderId}/release`, schema: hold, timeoutMs, ...given(signal) })
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
}

function given(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}
