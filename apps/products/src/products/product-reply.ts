import { etag } from '@polystore/service-kit'
import type { ProductRow } from './product-repository.ts'
import type { ProductView } from './product-schemas.ts'
import { toProductView } from './product-view.ts'

interface ReplyHeaders {
  header(name: string, value: string): unknown
}

/** The product as clients see it, with the ETag that a change of it needs. */
export function sendProduct(reply: ReplyHeaders, row: ProductRow): ProductView {
  reply.header('etag', etag(row.version))
  return toProductView(row)
}
