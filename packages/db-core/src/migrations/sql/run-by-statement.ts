import { compareCatalogs, type Catalog } from '../catalog/catalog.ts'
import { checksumOfTexts } from '../files/migration-checksum.ts'
import { normalisedStatement, type Statement } from '../files/split-statements.ts'
import { MigrationError } from '../store/migration-error.ts'
import { mentions } from './mentions.ts'
import { recordChange, recordEnd } from './run-in-transaction.ts'
import { repeatStatement, runStatement } from './run-statement.ts'
import type { SqlProgress } from './sql-records.ts'
import { inTransaction, isRepeated, prepareFile, retryLocks, type SqlRun, type SqlTask } from './sql-run.ts'

/** Runs a file statement by statement from where it was left, and keeps after each how far it has come. */
export async function runByStatement(run: SqlRun, task: SqlTask, startedAt: number): Promise<void> {
  const begun = await run.records.readProgress(task.migration.name)
  if (begun === undefined) await inTransaction(run, () => writeProgress(run, task, { done: 0 }))
  else requireSameBeginning(run, task, begun)
  await prepareRest(run, task, begun?.done ?? 0)
  for (const [index, statement] of task.statements.entries()) {
    if (index < (begun?.done ?? 0)) continue
    await runNext(run, { ...task, index, statement, before: index === begun?.done ? begun.before : undefined })
  }
  await inTransaction(run, async () => {
    await run.dialect.aroundTransaction.beforeCommit(run.session)
    await recordEnd(run, task, startedAt)
  })
}

/** What the statements that are done have SET counts for the rest of the file. */
async function prepareRest(run: SqlRun, { statements }: SqlTask, done: number): Promise<void> {
  await prepareFile(run)
  const settings = statements.slice(0, done).filter(({ text }) => /^set\s+(?!global\b|local\b|transaction\b)/i.test(text))
  for (const { text } of settings) await run.session.script(text)
}

interface Step extends SqlTask {
  readonly index: number
  readonly statement: Statement
  /** Of a statement that stands alone and was begun by a run that did not come to tell its end: the catalog before it. */
  readonly before: Catalog | undefined
}

async function runNext(run: SqlRun, step: Step): Promise<void> {
  const alone = run.dialect.runsAlone(step.statement.text)
  try {
    if (alone) await runAlone(run, step)
    else if (isRepeated(step.statement)) await runRounds(run, step)
    else await retryLocks(run, step.migration.name, () => runWithProgress(run, step))
  } catch (error) {
    if (!run.session.lost) await takeBack(run, step, alone)
    throw error
  }
}

/** The statement and the word that it is done are one transaction. */
async function runWithProgress(run: SqlRun, step: Step): Promise<void> {
  await inTransaction(run, async () => {
    const before = isData(step.statement) ? undefined : await run.dialect.readCatalog(run.session)
    await runStatement(run, step, step.statement)
    if (before !== undefined) await recordChange(run, before)
    await writeProgress(run, step, { done: step.index + 1 })
  })
}

async function runRounds(run: SqlRun, step: Step): Promise<void> {
  await repeatStatement(run, step, step.statement, () =>
    retryLocks(run, step.migration.name, () => inTransaction(run, async () => (await runStatement(run, step, step.statement)).count)),
  )
  await inTransaction(run, () => writeProgress(run, step, { done: step.index + 1 }))
}

/** What cannot be one transaction with its progress is told apart by the catalog before it: what it is about still the same, it has not happened. */
async function runAlone(run: SqlRun, step: Step): Promise<void> {
  const { session, dialect } = run
  const before = step.before ?? (await dialect.readCatalog(session))
  if (step.before === undefined) await inTransaction(run, () => writeProgress(run, step, { done: step.index, before }))
  else await clearLeftovers(run, step)
  const happened = step.before !== undefined && (await hasHappened(run, step, before))
  if (happened) run.log(`${step.migration.name}: line ${step.statement.line} had been run to its end`)
  else await retryLocks(run, step.migration.name, () => attemptAlone(run, step))
  await inTransaction(run, async () => {
    await recordChange(run, before)
    await writeProgress(run, step, { done: step.index + 1 })
  })
}

async function attemptAlone(run: SqlRun, step: Step): Promise<void> {
  const { session, dialect } = run
  await clearLeftovers(run, step)
  for (const text of dialect.beforeAlone) await session.script(text)
  try {
    await runStatement(run, step, step.statement)
  } finally {
    if (!session.lost) await prepareRest(run, step, step.index)
  }
  await dialect.requireWhole(session, step.statement.text)
}

async function clearLeftovers({ session, dialect, log }: SqlRun, { migration, statement }: Step): Promise<void> {
  for (const removed of await dialect.clearLeftovers(session, statement.text)) log(`${migration.name}: ${removed}`)
}

/** A failed statement that left nothing leaves no word of itself either, and a migration of which nothing was done was never begun. */
async function takeBack(run: SqlRun, step: Step, alone: boolean): Promise<void> {
  if (alone && !(await leftNothing(run, step))) return
  await inTransaction(run, async () => {
    if (step.index > 0) await writeProgress(run, step, { done: step.index })
    else if (step.direction === 'down') await run.records.restoreApplied(step.migration.name)
    else await run.records.erase(step.migration.name)
  })
}

async function leftNothing(run: SqlRun, step: Step): Promise<boolean> {
  const progress = await run.records.readProgress(step.migration.name)
  if (progress?.before === undefined) return true
  await clearLeftovers(run, step)
  return !(await hasHappened(run, step, progress.before))
}

/** What others have changed meanwhile elsewhere tells nothing of the statement. */
async function hasHappened({ session, dialect }: SqlRun, { statement }: Step, before: Catalog): Promise<boolean> {
  const differences = compareCatalogs(before, await dialect.readCatalog(session))
  return differences.some(
    ({ object }) => dialect.concerns?.(statement.text, object) ?? mentions(statement.text, { object, dialect: dialect.kind }),
  )
}

function isData({ text }: Statement): boolean {
  return /^(?:insert|update|delete|merge|replace)\b/i.test(text)
}

function writeProgress({ records, dialect }: SqlRun, task: SqlTask, { done, before }: { done: number; before?: Catalog }): Promise<void> {
  const state: SqlProgress['state'] = task.direction === 'up' ? 'applying' : 'undoing'
  return records.writeProgress(task.migration, {
    state,
    done,
    doneChecksum: checksumOfFirst(task, { count: begunIn({ done, before }), kind: dialect.kind }),
    before,
  })
}

function checksumOfFirst({ statements }: SqlTask, { count, kind }: { count: number; kind: SqlRun['dialect']['kind'] }): string {
  return checksumOfTexts(statements.slice(0, count).map(({ text }) => normalisedStatement(text, kind)))
}

/** How many statements are done or, standing alone, may have been. */
function begunIn({ done, before }: { done: number; before?: Catalog | undefined }): number {
  return before === undefined ? done : done + 1
}

/** What is left of an unfinished file may be mended, what was run may not. */
function requireSameBeginning({ dialect }: SqlRun, task: SqlTask, progress: SqlProgress): void {
  const count = begunIn(progress)
  if (checksumOfFirst(task, { count, kind: dialect.kind }) === progress.doneChecksum) return
  const file = `${task.migration.name}/${task.direction}.sql`
  throw new MigrationError(
    `${file} was changed in its first ${count} statements, which have been run. Bring those back as they were; the rest may be changed.`,
    { exitCode: 4 },
  )
}
