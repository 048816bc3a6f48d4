import { z } from 'zod'

/** A stock keeping unit: letters, digits, dot, underscore and hyphen; never an operator, a path or a pattern. */
export const sku = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/u, 'must be 1 to 64 letters, digits, dots, underscores or hyphens')
  .meta({ description: 'Stock keeping unit', examples: ['85123A'] })

/** Pieces in one line; the bound keeps every sum of a full order inside a safe integer. */
export const quantity = z.int().min(1).max(1_000_000)

export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/u, 'must be an ISO 4217 code')
  .meta({ examples: ['GBP'] })

export const orderId = z.uuid()

/** PUT /holds/{orderId}: all lines or none. Lines of one SKU are merged. */
export const reserveRequest = z.strictObject({
  lines: z.array(z.strictObject({ sku, quantity })).min(1).max(1_000),
})
export type ReserveRequest = z.infer<typeof reserveRequest>

/** One merged line with the price snapshot read in the transaction that took the stock. */
export const holdLine = z.strictObject({
  sku,
  quantity,
  name: z.string(),
  unitPriceCents: z.int().nonnegative(),
  currency,
})
export type HoldLine = z.infer<typeof holdLine>

/**
 * A hold, keyed by the order id. HELD → COMMITTED | RELEASED; REJECTED and TOMBSTONE are born final.
 * TOMBSTONE is a release that came before its reserve: it refuses the late reserve.
 */
export const hold = z.discriminatedUnion('state', [
  z.strictObject({ orderId, state: z.enum(['HELD', 'COMMITTED', 'RELEASED']), lines: z.array(holdLine) }),
  z.strictObject({
    orderId,
    state: z.literal('REJECTED'),
    reason: z.enum(['insufficient-stock', 'unknown-sku', 'mixed-currencies']),
    skus: z.array(sku),
  }),
  z.strictObject({ orderId, state: z.literal('TOMBSTONE') }),
])
export type Hold = z.infer<typeof hold>
export type HoldState = Hold['state']

/** GET /holds?state=HELD&after={orderId}&limit=: for the reconciler, ordered by order id. */
export const holdList = z.strictObject({ items: z.array(hold) })

/** One SKU as products sees it; the reconciler of orders compares the columns. */
export const stockAudit = z.strictObject({
  sku,
  available: z.int(),
  reserved: z.int(),
  sold: z.int(),
  /** Sum of all adjustments in the ledger; the first one is the initial stock. */
  adjusted: z.int(),
  /** Sum of the lines of HELD holds. */
  held: z.int(),
  /** Sum of the lines of COMMITTED holds less what was returned. */
  committed: z.int(),
})
export type StockAudit = z.infer<typeof stockAudit>

/** GET /stock/audit?after={sku}&limit=: ordered by SKU. */
export const stockAuditList = z.strictObject({ items: z.array(stockAudit) })
