import { applyDifferences, compareCatalogs, type Catalog } from '../catalog/catalog.ts'
import { MigrationError } from '../store/migration-error.ts'
import { runInside } from './run-statement.ts'
import { inTransaction, isRepeated, prepareFile, retryLocks, type SqlRun, type SqlTask } from './sql-run.ts'

/** Runs a file in one transaction with its record, the recorded catalog and the history. */
export async function runInTransaction(run: SqlRun, task: SqlTask, startedAt: number): Promise<void> {
  requireFit(run, task)
  await prepareFile(run)
  const { session, dialect } = run
  await retryLocks(run, task.migration.name, () =>
    inTransaction(run, async () => {
      const before = await dialect.readCatalog(session)
      for (const statement of task.statements) await runInside(run, task, statement)
      await dialect.aroundTransaction.beforeCommit(session)
      await recordChange(run, before)
      await recordEnd(run, task, startedAt)
    }),
  )
}

/** Makes in the recorded catalog what has changed in the live one since `before`, and nothing else. */
export async function recordChange({ session, dialect, records }: SqlRun, before: Catalog): Promise<void> {
  const differences = compareCatalogs(before, await dialect.readCatalog(session))
  await records.writeCatalog(applyDifferences((await records.readCatalog()) ?? {}, differences))
}

/** Records that a file has run to its end. */
export async function recordEnd({ records }: SqlRun, { migration, direction }: SqlTask, startedAt: number): Promise<void> {
  await (direction === 'up' ? records.writeApplied(migration) : records.erase(migration.name))
  const event = direction === 'up' ? 'applied' : 'undone'
  await records.addHistory({ event, name: migration.name, durationMs: performance.now() - startedAt })
}

function requireFit({ dialect }: SqlRun, { migration, direction, statements }: SqlTask): void {
  const odd = statements.find((statement) => isRepeated(statement) || dialect.runsAlone(statement.text))
  if (odd === undefined) return
  const reason = isRepeated(odd) ? 'a repeated statement commits after each round' : 'the statement cannot run in a transaction'
  throw new MigrationError(
    `${migration.name}/${direction}.sql, line ${odd.line}: ${reason}. Say "-- transaction: off" in the first line of the file.`,
  )
}
