import { and, asc, count, eq, gt, lte, ne, sql } from 'drizzle-orm'
import { SqlRepository, type PostgresDatabase, type SqlTransaction } from '@polystore/db-core/sql'
import { cartLineTable, cartTable, type CartLineRow, type CartRow } from './cart-table.ts'

const isAlive = gt(cartTable.expiresAt, sql`now()`)
const counted = { version: sql`${cartTable.version} + 1`, updatedAt: sql`now()` }

export interface FilledCart extends CartRow {
  readonly lines: readonly CartLineRow[]
}

/** Queries over carts and their lines. A cart that has expired is not there, whether it was cleared away yet or not. */
export class CartRepository extends SqlRepository<typeof cartTable> {
  constructor(database: PostgresDatabase) {
    super(database, cartTable)
  }

  /** The cart of a user with its lines, as they were at one moment. */
  async findOfUser(userId: string): Promise<FilledCart | undefined> {
    const rows = await this.db()
      .select({ cart: cartTable, line: cartLineTable })
      .from(cartTable)
      .leftJoin(cartLineTable, eq(cartLineTable.cartId, cartTable.id))
      .where(and(eq(cartTable.userId, userId), isAlive))
      .orderBy(asc(cartLineTable.addedAt), asc(cartLineTable.sku))
    const cart = rows[0]?.cart
    return cart && { ...cart, lines: rows.flatMap(({ line }) => line ?? []) }
  }

  /** The cart of a user, made if there is none, kept for `days` from now and locked until the transaction ends. */
  async open(userId: string, days: number, tx: SqlTransaction): Promise<CartRow> {
    const expiresAt = sql`now() + make_interval(days => ${days})`
    const db = this.db(tx)
    await db.delete(cartTable).where(and(eq(cartTable.userId, userId), lte(cartTable.expiresAt, sql`now()`)))
    const [cart] = await db
      .insert(cartTable)
      .values({ userId, expiresAt })
      .onConflictDoUpdate({ target: cartTable.userId, set: { expiresAt } })
      .returning()
    if (cart === undefined) throw new Error('an upsert answered no row')
    return cart
  }

  /** False when the line has this quantity already. */
  async setLine(line: Pick<CartLineRow, 'cartId' | 'sku' | 'quantity'>, tx: SqlTransaction): Promise<boolean> {
    const { quantity } = line
    const changed = await this.db(tx)
      .insert(cartLineTable)
      .values(line)
      .onConflictDoUpdate({
        target: [cartLineTable.cartId, cartLineTable.sku],
        set: { quantity },
        setWhere: ne(cartLineTable.quantity, quantity),
      })
      .returning({ sku: cartLineTable.sku })
    return changed.length === 1
  }

  async countLines(cartId: string, tx: SqlTransaction): Promise<number> {
    const [row] = await this.db(tx).select({ lines: count() }).from(cartLineTable).where(eq(cartLineTable.cartId, cartId))
    return row?.lines ?? 0
  }

  /** False when there is no such line. */
  async removeLine(userId: string, sku: string, tx: SqlTransaction): Promise<boolean> {
    const [cart] = await this.db(tx).select({ id: cartTable.id }).from(cartTable).where(eq(cartTable.userId, userId)).for('update')
    if (cart === undefined) return false
    const removed = await this.db(tx)
      .delete(cartLineTable)
      .where(and(eq(cartLineTable.cartId, cart.id), eq(cartLineTable.sku, sku)))
      .returning({ sku: cartLineTable.sku })
    return removed.length === 1
  }

  async countUp(userId: string, tx: SqlTransaction): Promise<void> {
    await this.db(tx).update(cartTable).set(counted).where(eq(cartTable.userId, userId))
  }

  /** The next version of a cart that still has the one that was seen. */
  async countUpFrom({ id, version }: Pick<CartRow, 'id' | 'version'>): Promise<void> {
    await this.db()
      .update(cartTable)
      .set(counted)
      .where(and(eq(cartTable.id, id), eq(cartTable.version, version)))
  }

  async removeOfUser(userId: string): Promise<void> {
    await this.db().delete(cartTable).where(eq(cartTable.userId, userId))
  }

  /** Clears away expired carts, at most 1,000 at a time; answers how many. */
  async purgeExpired(): Promise<number> {
    const expired = this.db()
      .select({ id: cartTable.id })
      .from(cartTable)
      .where(lte(cartTable.expiresAt, sql`now()`))
      .limit(1_000)
      .for('update', { skipLocked: true })
    const purged = await this.db()
      .delete(cartTable)
      .where(sql`${cartTable.id} in ${expired}`)
      .returning({ id: cartTable.id })
    return purged.length
  }
}
