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

const demand = z.strictObject({ sku, quantity })

/** All lines of an order or none. Lines of one SKU are merged. */
export const reserveDemand = z.strictObject({ orderId, lines: z.array(demand).min(1).max(1_000) })
export type ReserveDemand = z.infer<typeof reserveDemand>

/** The most orders that one command may name. */
export const maxHoldsPerCommand = 64

/** POST /holds/reserve: each order by itself; the answers come in the order of the orders. */
export const reserveRequest = z.strictObject({ orders: z.array(reserveDemand).min(1).max(maxHoldsPerCommand) })
export type ReserveRequest = z.infer<typeof reserveRequest>

/** POST /holds/release. */
export const holdRequest = z.strictObject({ orderIds: z.array(orderId).min(1).max(maxHoldsPerCommand) })
export type HoldRequest = z.infer<typeof holdRequest>

/** One merged line with the price that was read just before its stock was taken. */
export const holdLine = z.strictObject({
  sku,
  quantity,
  name: z.string(),
  unitPriceCents: z.int().nonnegative(),
  currency,
})
export type HoldLine = z.infer<typeof holdLine>

/**
 * A hold, keyed by the order id. HELD → COMMITTED → RELEASED, or HELD → RELEASED; REJECTED and TOMBSTONE are born final.
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

/** What became of one order of a command. `unavailable` says that this order could not be done now, whatever became of the others. */
export const holdOutcome = z.union([z.strictObject({ hold }), z.strictObject({ orderId, refused: z.literal('unavailable') })])
export type HoldOutcome = z.infer<typeof holdOutcome>

export const holdOutcomes = z.strictObject({ outcomes: z.array(holdOutcome) })

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
  /** Sum of the lines of COMMITTED holds; what was returned is RELEASED. */
  committed: z.int(),
})
export type StockAudit = z.infer<typeof stockAudit>

/** GET /stock/audit?after={sku}&limit=: ordered by SKU. */
export const stockAuditList = z.strictObject({ items: z.array(stockAudit) })
