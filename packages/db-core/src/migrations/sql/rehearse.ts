import { runInside } from './run-statement.ts'
import { prepareFile, retryLocks, type SqlRun, type SqlTask } from './sql-run.ts'

/** Runs files in one transaction and takes it back. It stops before a statement that must stand alone, and says so. */
export async function rehearse(run: SqlRun, tasks: readonly SqlTask[]): Promise<void> {
  const { session, dialect, log } = run
  const open = tasks.findIndex(({ statements }) => statements.some(({ text }) => dialect.runsAlone(text)))
  const tried = open === -1 ? tasks : tasks.slice(0, open)
  await prepareFile(run)
  await retryLocks(run, 'rehearsal', async () => {
    await session.script(dialect.aroundTransaction.begin)
    try {
      for (const task of tried) await rehearseOne(run, task)
      await dialect.aroundTransaction.beforeCommit(session)
    } finally {
      await session.rollBack()
    }
  })
  const left = tasks.slice(tried.length).map(({ migration }) => migration.name)
  if (left.length > 0) log(`not rehearsed: ${left.join(', ')}; ${left[0]} has a statement that cannot be taken back`)
}

async function rehearseOne(run: SqlRun, task: SqlTask): Promise<void> {
  const startedAt = performance.now()
  for (const statement of task.statements) await runInside(run, task, statement)
  run.log(`rehearsed ${task.migration.name} (${Math.round(performance.now() - startedAt)} ms)`)
}
