import type { Table as AnyTable } from 'drizzle-orm'
import { RereadWriter } from './reread-writer.ts'
import { ReturningWriter } from './returning-writer.ts'
import type { SqlTable } from './sql-table.ts'
import type { SqlWriter } from './sql-writer.ts'

/** Writes of a table, in the way in which its database answers. */
export function createWriter<Table extends AnyTable>(table: SqlTable<Table>): SqlWriter {
  return table.entity.dialect.answers === 'returning' ? new ReturningWriter(table) : new RereadWriter(table)
}
