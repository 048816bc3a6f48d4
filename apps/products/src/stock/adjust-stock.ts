import { createHash } from 'node:crypto'
import { Problem, type Crash } from '@polystore/service-kit'
import type { MongoDatabase, MongoTransaction } from '@polystore/db-core/mongo'
import type { CrashPoint } from '../crash-point.ts'
import type { AdjustmentRow, MovementRepository, NewAdjustment } from './movement-repository.ts'
import type { StockRepository } from './stock-repository.ts'
import type { OwnTurns } from './stock-turns.ts'

export interface AdjustStockDependencies {
  readonly database: MongoDatabase
  readonly stock: StockRepository
  readonly movements: MovementRepository
  readonly stockTurns: OwnTurns
  readonly crash: Crash<CrashPoint>
}

export type Once = NonNullable<NewAdjustment['once']>

export interface AdjustStockInput {
  readonly sku: string
  /** Pieces to add, or to take away when negative. */
  readonly quantity: number
  readonly reason: string
  readonly actor: string
  /** Done once under this key; the fingerprint tells a retry from another request. */
  readonly once?: Once | undefined
  readonly signal?: AbortSignal | undefined
}

/** Adds to or takes from what is available, with its row in the ledger. @throws Problem insufficient-stock, not-found */
export async function adjustStock(
  dependencies: AdjustStockDependencies,
  input: AdjustStockInput,
): Promise<{ movement: AdjustmentRow; replayed: boolean }> {
  const { database, stockTurns, crash } = dependencies
  const adjust = () => database.transaction(async (tx) => adjustOnce(dependencies, input, tx), { retries: 20 })
  const result = await stockTurns.run([input.sku], adjust, input.signal)
  crash('after-adjust-commit')
  return result
}

/** The same inside the caller's transaction, which must have its turn. */
export async function adjustOnce(
  { stock, movements }: Pick<AdjustStockDependencies, 'stock' | 'movements'>,
  input: AdjustStockInput,
  tx: MongoTransaction,
): Promise<{ movement: AdjustmentRow; replayed: boolean }> {
  const { once } = input
  const stored = once && (await movements.findByKey(once.key, tx))
  if (stored) return replay(stored, once.fingerprint)

  const { sku, quantity, reason, actor } = input
  const before = await stock.levelOf(sku, tx)
  const after = { ...before, available: before.available + quantity }
  if (after.available < 0) throw insufficient(sku, before.available)
  await stock.change([{ sku, before, after }], tx)
  const movement = await movements.append({ sku, quantity, reason, actor, availableAfter: after.available, once }, tx)
  return { movement, replayed: false }
}

/** The key of a client's retry: the same key by the same actor does the adjustment once. */
export function onceByClient({ sku, quantity, reason, actor }: AdjustStockInput, idempotencyKey: string): Once {
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([sku, quantity, reason]))
    .digest('base64url')
  return { key: `${actor} ${idempotencyKey}`, fingerprint }
}

function replay(stored: AdjustmentRow, fingerprint: string): { movement: AdjustmentRow; replayed: boolean } {
  if (stored.fingerprint !== fingerprint) throw new Problem('idempotency-key-reused')
  return { movement: stored, replayed: true }
}

function insufficient(sku: string, available: number): Problem {
  return new Problem('insufficient-stock', {
    detail: `Only ${available} of ${sku} are available.`,
    errors: [{ detail: `Only ${available} are available.`, pointer: '#/quantity' }],
    extensions: { skus: [sku] },
  })
}
