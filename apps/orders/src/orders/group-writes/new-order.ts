import type { OrderedLine } from '../order.ts'

export interface NewOrder {
  readonly id: string
  readonly userId: string
  readonly idempotencyKey: string
  readonly fingerprint: string
  /** One line per SKU. */
  readonly lines: readonly OrderedLine[]
  /** The cart that is checked out, as it was then. */
  readonly cart: { readonly id: string; readonly version: number } | undefined
}
