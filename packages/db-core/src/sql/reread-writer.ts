import type { Table as AnyTable } from 'drizzle-orm'
import type { Transaction } from '../repository/transaction.ts'
import { insertRows, keysOf, readKeys } from './reread-rows.ts'
import { upsertMany } from './reread-upsert-many.ts'
import { upsertOne } from './reread-upsert.ts'
import { uniqueKey } from './returning-writer.ts'
import type { SqlTable } from './sql-table.ts'
import type { KeyedChange, Raw, RawUpserted, SqlWriter, UpsertPlan } from './sql-writer.ts'
import type { NewRow } from './new-row.ts'

/** Writes on databases without RETURNING: what was written is read again in the same transaction, the caller's or one of its own. */
export class RereadWriter<Table extends AnyTable> implements SqlWriter {
  readonly #table: SqlTable<Table>

  constructor(table: SqlTable<Table>) {
    this.#table = table
  }

  insert(tx: Transaction | undefined, rows: readonly NewRow[]): Promise<Raw[]> {
    return this.#inside(tx, async (inner) => {
      const result = await insertRows(this.#table, inner, rows)
      return readKeys(this.#table, inner, keysOf(this.#table, rows, result))
    })
  }

  updateByKey(tx: Transaction | undefined, { id, changes, where }: KeyedChange): Promise<Raw | undefined> {
    return this.#inside(tx, async (inner) => {
      if ((await this.#table.updateAll(inner, changes, where)) === 0) return undefined
      const [row] = await this.#table.select(inner, { where: this.#table.byKey(id) })
      return row
    })
  }

  upsert(tx: Transaction | undefined, rows: readonly NewRow[], plan: UpsertPlan): Promise<RawUpserted[]> {
    const target = { table: this.#table, conflict: uniqueKey(rows, plan.onConflict, this.#table.entity), plan }
    const [row] = rows
    return this.#inside(tx, async (inner) =>
      row !== undefined && rows.length === 1 ? [await upsertOne(target, inner, row)] : upsertMany(target, inner, rows),
    )
  }

  #inside<Result>(tx: Transaction | undefined, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return tx === undefined ? this.#table.database.transaction(work) : work(tx)
  }
}
