import { toHistoryEntry } from './order-history-view.ts'
import type { OrderDetail, OrderSummary, OrderView } from './order-schemas.ts'
import type { OrderHistoryRow, OrderLineRow, OrderRow } from './order-table.ts'

/** What the API shows of an order row. */
export function toOrderSummary(order: OrderRow): OrderSummary {
  const { id, userId, status, version, currency, totalCents, rejection } = order
  return {
    id,
    userId,
    status,
    version,
    currency,
    totalCents,
    rejection: rejection === null ? null : { reason: rejection.reason, skus: [...rejection.skus] },
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
  }
}

export function toOrderView(order: OrderRow, lines: readonly OrderLineRow[]): OrderView {
  return {
    ...toOrderSummary(order),
    lines: lines.map(({ sku, quantity, name, unitPriceCents }) => ({ sku, quantity, name, unitPriceCents })),
  }
}

export function toOrderDetail(
  order: OrderRow,
  lines: readonly OrderLineRow[],
  history: readonly OrderHistoryRow[],
  viewer: { readonly id: string; readonly staff: boolean },
): OrderDetail {
  return { ...toOrderView(order, lines), history: history.map((step) => toHistoryEntry(step, viewer)) }
}
