import type { Table as AnyTable } from 'drizzle-orm'
import { WriteJoiner, type RawOutcome } from '../batching/write-joiner.ts'
import { InvalidFilterError, InvalidValueError, UnknownDatabaseError } from '../errors/repository-error.ts'
import { isTakenSlug, slugField, withFreeSlug } from '../mixins/slug.ts'
import type { Transaction } from '../repository/transaction.ts'
import { requireNoTransaction } from '../repository/unit-of-work.ts'
import { parseCreate, type WriteTarget } from '../repository/write-input.ts'
import { planSlugs, type PlannedRow } from './plan-slugs.ts'
import { isRowError, storeSeparately } from '../batching/store-separately.ts'
import type { RowOf } from './sql-entity.ts'
import type { SqlTable } from './sql-table.ts'
import type { Raw, RawUpserted, SqlWriter, SqlWriteSetting, UpsertPlan } from './sql-writer.ts'
import type { NewRow } from './new-row.ts'
import { chunkRows, groupForUpsert, newRow, requireStamps } from './sql-writes.ts'

type Store<Result> = (tx: Transaction | undefined, rows: readonly NewRow[]) => Promise<Result[]>

/** Makes rows of one table: alone, together, each for itself, and by upsert. */
export class SqlCreator<Table extends AnyTable> {
  readonly #table: SqlTable<Table>
  readonly #writer: SqlWriter
  readonly #target: WriteTarget
  readonly #joiner: WriteJoiner<NewRow, Raw> | undefined

  constructor(table: SqlTable<Table>, { writer, target }: SqlWriteSetting, joinWrites: boolean) {
    this.#table = table
    this.#writer = writer
    this.#target = target
    if (joinWrites) this.#joiner = new WriteJoiner({ maxWaitMs: table.database.maxWaitMs })
  }

  async create(input: unknown, tx: Transaction | undefined): Promise<Raw> {
    const [raw] = await this.#storeAll(tx, [this.#plan(input)], (inner, rows) => this.#insert(inner, rows))
    return raw ?? this.#lost()
  }

  /** All or none. */
  async createMany(inputs: readonly unknown[], tx: Transaction | undefined): Promise<RowOf<Table>[]> {
    const { entity } = this.#table
    const planned = inputs.map((input) => this.#plan(input))
    return await this.#storeAll(tx, planned, async (inner, rows) => {
      const raws = await this.#writer.insert(inner, rows)
      return raws.map((raw) => entity.decode(raw))
    })
  }

  /** Each for itself. */
  async createEach(inputs: readonly unknown[], tx: Transaction | undefined): Promise<RawOutcome<Raw>[]> {
    requireStamps(this.#table.entity)
    const planned = inputs.map((input) => this.#tryPlan(input))
    const good = planned.filter((plan) => 'row' in plan)
    const stored = (await this.#storeEach(tx, good)).values()
    return planned.map((plan) => ('row' in plan ? (stored.next().value ?? { error: this.#loss() }) : plan))
  }

  async upsert(inputs: readonly unknown[], onConflict: readonly string[], tx: Transaction | undefined): Promise<RawUpserted[]> {
    this.#requireFields(onConflict)
    const planned = inputs.map((input) => this.#plan(input))
    this.#requireDistinct(planned, onConflict)
    const kept = planned.some(({ slugText }) => slugText !== undefined) ? [slugField] : []
    return await this.#storeAll(tx, planned, (inner, rows) => this.#upsertRows(inner, rows, { onConflict, kept }))
  }

  /** A field that a row does not give stays as it is, so that rows with different fields need statements of their own. */
  async #upsertRows(tx: Transaction | undefined, rows: readonly NewRow[], plan: UpsertPlan): Promise<RawUpserted[]> {
    if (rows.length === 1) return await this.#writer.upsert(tx, rows, plan)
    const groups = groupForUpsert(rows, plan.onConflict)
    if (tx === undefined && groups.length > 1) return await this.#table.undoable(tx, (inner) => this.#upsertRows(inner, rows, plan))
    const written = new Map<NewRow, RawUpserted>()
    for (const group of groups) {
      const answers = await this.#writer.upsert(tx, group, plan)
      for (const [index, row] of group.entries()) written.set(row, answers[index] ?? this.#lost())
    }
    return rows.map((row) => written.get(row) ?? this.#lost())
  }

  async #storeAll<Result>(tx: Transaction | undefined, planned: readonly PlannedRow[], store: Store<Result>): Promise<Result[]> {
    const [first] = planned
    if (planned.every(({ slugText }) => slugText === undefined)) return await this.#inChunks(tx, planSlugs(planned), store)
    if (first !== undefined && planned.length === 1) return [await this.#withSlug(tx, first, store)]
    const storeRows = (inner: Transaction | undefined) => this.#inChunks(inner, planSlugs(planned), store)
    try {
      return await (tx === undefined ? storeRows(undefined) : this.#table.undoable(tx, storeRows))
    } catch (error) {
      if (!isTakenSlug(error)) throw error
    }
    return await this.#table.undoable(tx, async (inner) => {
      const results: Result[] = []
      for (const plan of planned) results.push(await this.#withSlug(inner, plan, store))
      return results
    })
  }

  async #inChunks<Result>(tx: Transaction | undefined, rows: readonly NewRow[], store: Store<Result>): Promise<Result[]> {
    const chunks = chunkRows(rows, this.#table.entity)
    const [only] = chunks
    if (only === undefined) return []
    if (chunks.length === 1) return await store(tx, only)
    if (tx === undefined) return await this.#table.undoable(tx, (inner) => this.#inChunks(inner, rows, store))
    return await inTurn(chunks, (chunk) => store(tx, chunk))
  }

  /** One row, with the first slug that is free; inside a transaction each try is a savepoint. */
  async #withSlug<Result>(tx: Transaction | undefined, { row, slugText }: PlannedRow, store: Store<Result>): Promise<Result> {
    const storeRow = async (inner: Transaction | undefined, made: NewRow) => (await store(inner, [made]))[0] ?? this.#lost()
    if (slugText === undefined) return await storeRow(tx, row)
    return await withFreeSlug(slugText, async (slug) => {
      const made = row.with(slugField, slug)
      return tx === undefined ? await storeRow(tx, made) : await this.#table.undoable(tx, (inner) => storeRow(inner, made))
    })
  }

  async #storeEach(tx: Transaction | undefined, planned: readonly PlannedRow[]): Promise<RawOutcome<Raw>[]> {
    const insert: Store<Raw> = (inner, rows) => this.#writer.insert(inner, rows)
    const stored = await storeSeparately(chunkRows(planSlugs(planned), this.#table.entity), (part) =>
      tx === undefined ? insert(tx, part) : this.#table.undoable(tx, (inner) => insert(inner, part)),
    )
    const again = async (plan: PlannedRow | undefined, outcome: RawOutcome<Raw>): Promise<RawOutcome<Raw>> => {
      if (plan?.slugText === undefined || !isTakenSlug(outcome.error)) return outcome
      const [retried] = await storeSeparately([[plan]], async () => [await this.#withSlug(tx, plan, insert)])
      return retried ?? outcome
    }
    const outcomes: RawOutcome<Raw>[] = []
    for (const [index, outcome] of stored.entries()) outcomes.push(await again(planned[index], outcome))
    return outcomes
  }

  /** A lone row may share its statement with others that are made at the same time. */
  async #insert(tx: Transaction | undefined, rows: readonly NewRow[]): Promise<Raw[]> {
    const [row] = rows
    if (tx !== undefined || row === undefined || this.#joiner === undefined) return await this.#writer.insert(tx, rows)
    requireNoTransaction(this.#table.database)
    const store = (joined: readonly NewRow[]) => storeSeparately([joined], (part) => this.#writer.insert(undefined, part))
    return [await this.#joiner.write(row.names.join(), row, store)]
  }

  #tryPlan(input: unknown): PlannedRow | Extract<RawOutcome<Raw>, { error: Error }> {
    try {
      return this.#plan(input)
    } catch (error) {
      if (isRowError(error)) return { error }
      throw error
    }
  }

  #plan(input: unknown): PlannedRow {
    const { entity } = this.#table
    const given = parseCreate(input, this.#target)
    const row = newRow(given, entity)
    const { slugFrom } = entity.traits
    if (slugFrom === undefined || row.has(slugField)) return { row, slugText: undefined }
    const text = given[slugFrom]
    return { row, slugText: typeof text === 'string' ? text : '' }
  }

  #requireFields(names: readonly string[]): void {
    if (names.length > 0 && names.every((name) => this.#target.fields.has(name))) return
    throw new InvalidFilterError(`An upsert into ${this.#target.entity} needs the fields of a unique key.`, { entity: this.#target.entity })
  }

  /** A statement cannot write one row twice, and which of the two would win was nobody's choice. */
  #requireDistinct(planned: readonly PlannedRow[], fields: readonly string[]): void {
    const complete = planned.filter(({ row }) => fields.every((field) => (row.get(field) ?? null) !== null))
    const keys = complete.map(({ row }) => JSON.stringify(fields.map((field) => String(row.get(field)))))
    if (new Set(keys).size === keys.length) return
    throw new InvalidValueError(`Two rows for ${this.#target.entity} have the same key.`, { entity: this.#target.entity, fields })
  }

  /** A trigger of the database can swallow a row. */
  #lost(): never {
    throw this.#loss()
  }

  #loss(): UnknownDatabaseError {
    return new UnknownDatabaseError(`The database did not keep a row of ${this.#target.entity}.`, { entity: this.#target.entity })
  }
}

/** Each chunk is made ready, and the one before it read, while the database works; a transaction keeps them in turn. */
async function inTurn<Item, Result>(
  chunks: readonly (readonly Item[])[],
  store: (chunk: readonly Item[]) => Promise<Result[]>,
): Promise<Result[]> {
  const results: Result[][] = []
  let before: Promise<Result[]> = Promise.resolve([])
  for (const chunk of chunks) {
    const next = store(chunk)
    // When the one before it fails, nobody waits for it.
    next.catch(() => {})
    results.push(await before)
    before = next
  }
  results.push(await before)
  return results.flat()
}
