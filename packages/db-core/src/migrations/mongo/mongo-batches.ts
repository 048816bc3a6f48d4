import { createHash } from 'node:crypto'
import { BSON, type AnyBulkWriteOperation, type Document, type Filter } from 'mongodb'
import { SerializationError, StatementTimeoutError } from '../../errors/repository-error.ts'
import type { MongoDatabase } from '../../mongo/mongo-database.ts'
import type { MongoTransaction } from '../../mongo/mongo-transaction.ts'
import { MigrationError } from '../store/migration-error.ts'
import type { BatchWalk, RowChange } from './mongo-migration-context.ts'
import type { StepDocument } from './mongo-record-documents.ts'
import type { ScriptStep } from './mongo-script-steps.ts'

export interface WalkRun {
  readonly database: MongoDatabase
  readonly log: (line: string) => void
  readonly signal: AbortSignal
}

const defaultSize = 500

/** Tells a walk from another by its collection and filter; what it does to the rows may be mended between two runs. */
export function walkText({ collection, filter = {} }: BatchWalk): string {
  const hash = createHash('sha256').update(BSON.EJSON.stringify(filter)).digest('hex').slice(0, 12)
  return `batches ${collection} ${hash}`
}

/** Goes on after the last row that is done, until there is none left. */
export async function walkBatches(run: WalkRun, walk: BatchWalk, step: ScriptStep): Promise<void> {
  const { database, log, signal } = run
  const { collection, filter = {} } = walk
  if (step.state.finished) return log(`${collection}: ${progress(step.state)} were done by an earlier run`)
  if (step.state.last === undefined) step.expect(await countRows(database, collection, filter))
  else log(`${collection}: going on after ${progress(step.state)}`)
  const wanted = requireSize(walk)
  let size = wanted
  let told = percent(step.state)
  while (!step.state.finished) {
    signal.throwIfAborted()
    try {
      // While a batch can be smaller, that is tried first.
      await step.advance((tx, state) => walkOne({ run, walk, tx, size }, state), size > 1 ? 0 : undefined)
      size = Math.min(wanted, size * 2)
    } catch (error) {
      if (size === 1 || !isTooLarge(error)) throw error
      size = Math.ceil(size / 4)
    }
    if (step.state.finished || percent(step.state) !== told) log(`${collection}: ${progress(step.state)}`)
    told = percent(step.state)
  }
}

function requireSize({ size = defaultSize }: BatchWalk): number {
  if (Number.isInteger(size) && size > 0) return size
  throw new MigrationError(`A batch has to have at least one row; it was asked for ${size}.`)
}

/** A batch that takes too long, or always meets a row that somebody writes to, may pass when it is smaller. */
function isTooLarge(error: unknown): boolean {
  return error instanceof StatementTimeoutError || error instanceof SerializationError
}

async function countRows(database: MongoDatabase, collection: string, filter: Filter<Document>): Promise<number> {
  return await database.run((call) => database.driver.collection(collection).countDocuments(filter, call))
}

interface Batch {
  readonly run: WalkRun
  readonly walk: BatchWalk
  readonly tx: MongoTransaction
  readonly size: number
}

async function walkOne(batch: Batch, state: StepDocument): Promise<StepDocument> {
  const { size } = batch
  const rows = await readRows(batch, state)
  const changed = rows.length === 0 ? 0 : await writeRows(batch, rows)
  const done = { ...state, done: state.done + rows.length, changed: state.changed + changed, finished: rows.length < size }
  return rows.length === 0 ? done : { ...done, last: rows.at(-1)?.['_id'] }
}

/** By a bound of the index and not by `$gt`, which would stop at the end of the keys of one type. */
async function readRows({ run, walk, tx, size }: Batch, state: StepDocument): Promise<Document[]> {
  const { collection, filter = {} } = walk
  const begun = 'last' in state
  const rest: Document = begun ? { $and: [filter, { _id: { $ne: state.last } }] } : filter
  const isWhole = walk.write !== undefined || typeof walk.change === 'function'
  return await run.database.run(
    (call) => {
      const found = run.database.driver.collection(collection).find(rest, { ...call, ...(!isWhole && { projection: { _id: 1 } }) })
      return (begun ? found.min({ _id: state.last }) : found).hint({ _id: 1 }).sort({ _id: 1 }).limit(size).toArray()
    },
    { tx, entity: collection },
  )
}

async function writeRows({ run, walk, tx }: Batch, rows: readonly Document[]): Promise<number> {
  if (walk.write !== undefined) {
    await walk.write(rows, tx)
    return rows.length
  }
  const { collection, change } = walk
  const target = run.database.driver.collection(collection)
  if (typeof change !== 'function' && isUpdate(change)) {
    const these = { _id: { $in: rows.map(({ _id }) => _id) } }
    const update = Array.isArray(change) ? [...change] : change
    const { modifiedCount } = await run.database.run((call) => target.updateMany(these, update, call), { tx, entity: collection })
    return modifiedCount
  }
  const writes = rows.flatMap((row) => writeOf(row, typeof change === 'function' ? change(row) : change))
  if (writes.length === 0) return 0
  const { modifiedCount } = await run.database.run((call) => target.bulkWrite(writes, call), { tx, entity: collection })
  return modifiedCount
}

function writeOf({ _id }: Document, change: RowChange | undefined): AnyBulkWriteOperation[] {
  if (change === undefined) return []
  if (Array.isArray(change)) return [{ updateOne: { filter: { _id }, update: [...change] } }]
  if (isUpdate(change)) return [{ updateOne: { filter: { _id }, update: change } }]
  return [{ replaceOne: { filter: { _id }, replacement: change } }]
}

function isUpdate(change: RowChange): boolean {
  return Array.isArray(change) || Object.keys(change).some((key) => key.startsWith('$'))
}

/** Rows that were written meanwhile may make it more than there were at the beginning. */
function percent({ done, total, finished }: StepDocument): number {
  if (finished || total === 0) return 100
  return Math.min(99, Math.floor((done * 100) / total))
}

/** `12,000 of 100,000 (12 %)`. */
export function progress(step: StepDocument): string {
  const total = step.finished ? step.done : Math.max(step.done, step.total)
  return `${count(step.done)} of ${count(total)} (${percent(step)} %)`
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}
