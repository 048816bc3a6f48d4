import type { Filter } from '@polystore/db-core'
import type { CursorPage } from '@polystore/db-core'
import type { OrderDependencies } from './order-dependencies.ts'
import type { ListQuery, OrderSummary } from './order-schemas.ts'
import type { OrderRow } from './order-table.ts'
import { toOrderSummary } from './order-view.ts'

/** Newest first; `userId` narrows to one customer. @throws InvalidCursorError */
export async function listOrders(
  { orders }: Pick<OrderDependencies, 'orders'>,
  query: ListQuery & { readonly userId?: string | undefined },
): Promise<CursorPage<OrderSummary>> {
  const page = await orders.seek({
    where: { and: conditions(query) },
    orderBy: [{ field: 'createdAt', direction: 'desc' }],
    limit: query.limit,
    ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
  })
  return { ...page, items: page.items.map(toOrderSummary) }
}

function conditions({ userId, status, createdAfter, createdBefore }: Parameters<typeof listOrders>[1]): Filter<OrderRow>[] {
  return [
    ...(userId === undefined ? [] : [{ userId: { eq: userId } }]),
    ...(status === undefined ? [] : [{ status: { eq: status } }]),
    ...(createdAfter === undefined ? [] : [{ createdAt: { gt: createdAfter } }]),
    ...(createdBefore === undefined ? [] : [{ createdAt: { lt: createdBefore } }]),
  ]
}
