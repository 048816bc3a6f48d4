import type { CursorPage, SeekQuery } from '@polystore/db-core'
import type { OrderDependencies } from './order-dependencies.ts'
import type { OrderSummary } from './order-schemas.ts'
import type { OrderRow } from './order-table.ts'
import { toOrderSummary } from './order-view.ts'

/** The orders of one customer; of everybody without a `userId`. @throws InvalidCursorError */
export async function listOrders(
  { orders }: Pick<OrderDependencies, 'orders'>,
  { userId, where = {}, ...query }: SeekQuery<OrderRow> & { readonly userId?: string },
): Promise<CursorPage<OrderSummary>> {
  const page = await orders.seek({ ...query, where: userId === undefined ? where : { and: [where, { userId: { eq: userId } }] } })
  return { ...page, items: page.items.map(toOrderSummary) }
}
