import type { WireResult } from '../../sql/sql-driver.ts'
import type { Statement } from '../files/split-statements.ts'
import { MigrationError } from '../store/migration-error.ts'
import { isRepeated, StatementFailure, type SqlRun, type SqlTask } from './sql-run.ts'
import { watchStatement } from './watch-statement.ts'

/** Runs one statement where it is, with lines of progress when it takes long. @throws StatementFailure */
export async function runStatement(run: SqlRun, { migration, direction }: SqlTask, statement: Statement): Promise<WireResult> {
  const place = `${migration.name}/${direction}.sql, line ${statement.line}`
  try {
    const result = await watchStatement(run, place, () => run.session.script(statement.text))
    if (result.ended === undefined || /^rollback\b/i.test(statement.text)) return result
  } catch (error) {
    throw new StatementFailure(statement, error)
  }
  throw new MigrationError(
    `${place}: the statement ended the transaction it runs in; give it a file of its own with "-- transaction: off" in its first line.`,
  )
}

const mostRounds = 1_000_000
const tellEveryMs = 5000

/** Runs a statement of a backfill until it changes no row, each time by `round`, which answers how many it changed. */
export async function repeatStatement(run: SqlRun, task: SqlTask, statement: Statement, round: () => Promise<number>): Promise<void> {
  const place = `${task.migration.name}/${task.direction}.sql, line ${statement.line}`
  let [rows, toldAt] = [0, performance.now()]
  for (let rounds = 0; rounds < mostRounds; rounds++) {
    const changed = await round()
    if (changed === 0) return
    rows += changed
    if (performance.now() - toldAt < tellEveryMs) continue
    run.log(`${place}: ${rows} rows so far`)
    toldAt = performance.now()
  }
  throw new MigrationError(
    `${place}: the repeated statement still changes rows after ${mostRounds} rounds; its WHERE must leave out what it has changed.`,
  )
}

/** Runs a statement inside the transaction that is open; one that is repeated runs there until it changes nothing. */
export async function runInside(run: SqlRun, task: SqlTask, statement: Statement): Promise<void> {
  if (isRepeated(statement)) await repeatStatement(run, task, statement, async () => (await runStatement(run, task, statement)).count)
  else await runStatement(run, task, statement)
}
