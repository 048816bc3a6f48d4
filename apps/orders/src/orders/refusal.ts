import { Problem } from '@polystore/service-kit'
import type { Refusal } from '../idempotency/idempotency-table.ts'
import type { OrderedLine } from './order.ts'

/** The problem that tells a client which lines of its request were refused. */
export function refusalProblem(refusal: Refusal & { readonly orderId: string }, lines: readonly OrderedLine[]): Problem {
  const refused = new Set(refusal.skus)
  const errors = lines.flatMap(({ sku }, index) =>
    refused.has(sku) ? [{ detail: `${sku}: ${detailOf[refusal.slug]}`, pointer: `#/lines/${index}/sku` }] : [],
  )
  return new Problem(refusal.slug, { errors, extensions: { orderId: refusal.orderId, skus: [...refusal.skus] } })
}

const detailOf: Readonly<Record<Refusal['slug'], string>> = {
  'insufficient-stock': 'not enough in stock',
  'unknown-sku': 'no such product on sale',
  'mixed-currencies': 'priced in another currency than the rest of the order',
  'order-cancelled': 'cancelled',
}
