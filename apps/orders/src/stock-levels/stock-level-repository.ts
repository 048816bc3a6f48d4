import { inArray, sql } from 'drizzle-orm'
import { SqlRepository, type PostgresDatabase, type SqlTransaction } from '@polystore/db-core/sql'
import { stockLevelTable, type StockLevel, type StockLevelRow } from './stock-level-table.ts'

/** What products last said of its stock. */
export class StockLevelRepository extends SqlRepository<typeof stockLevelTable> {
  constructor(database: PostgresDatabase) {
    super(database, stockLevelTable)
  }

  /** Remembers levels, each SKU once; what is older than what is known already changes nothing. */
  async note(levels: readonly StockLevelRow[], tx?: SqlTransaction): Promise<void> {
    if (levels.length === 0) return
    // In one order everywhere, so that two writers cannot wait for each other.
    const rows = levels.toSorted((one, other) => (one.sku < other.sku ? -1 : 1))
    await this.db(tx)
      .insert(stockLevelTable)
      .values(rows)
      .onConflictDoUpdate({
        target: stockLevelTable.sku,
        set: { level: sql`excluded.level`, sequence: sql`excluded.sequence` },
        setWhere: sql`${stockLevelTable.sequence} < excluded.sequence`,
      })
  }

  /** The levels of these SKUs; one that is missing has enough. */
  async levelsOf(skus: readonly string[], tx?: SqlTransaction): Promise<ReadonlyMap<string, StockLevel>> {
    if (skus.length === 0) return new Map()
    const rows = await this.db(tx)
      .select()
      .from(stockLevelTable)
      .where(inArray(stockLevelTable.sku, [...skus]))
    return new Map(rows.map(({ sku, level }) => [sku, level]))
  }
}
