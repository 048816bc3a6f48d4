import { InvalidValueError } from '../../errors/repository-error.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Migration } from '../store/migration.ts'
import type { HistoryEntry, HistoryEvent, MigrationRecord } from '../store/migration-store.ts'
import type { MigrationSession } from './migration-session.ts'
import type { SqlMigrationDialect } from './sql-migration-dialect.ts'

/** How far an unfinished migration has come. */
export interface SqlProgress {
  readonly state: 'applying' | 'undoing'
  /** Statements that are done. */
  readonly done: number
  /** SHA-256 of their texts. */
  readonly doneChecksum: string
  /** The catalog before the next statement, when it stands alone and may have been begun. */
  readonly before: Catalog | undefined
}

const recordColumns = ['name', 'checksum', 'state', 'applied_at', 'applied_by', 'contract', 'done', 'done_checksum', 'before_catalog']

/** The tables of records of one SQL database. Nothing here opens a transaction. */
export class SqlRecords {
  readonly #session: MigrationSession
  readonly #dialect: SqlMigrationDialect
  readonly #by: string

  /** `by` names the database's user and the host, `orders@replica-7f`. */
  constructor(session: MigrationSession, dialect: SqlMigrationDialect, by: string) {
    this.#session = session
    this.#dialect = dialect
    this.#by = by
  }

  async create(): Promise<void> {
    for (const text of this.#dialect.recordTables) await this.#session.script(text)
  }

  async exist(): Promise<boolean> {
    return (await this.#session.rows(this.#dialect.recordTableExists)).length > 0
  }

  async read(): Promise<MigrationRecord[]> {
    const rows = await this.#session.rows(
      'select name, checksum, state, applied_at, applied_by, contract, done from polystore_migrations order by name',
    )
    return rows.map(toRecord).toSorted((one, other) => (one.name < other.name ? -1 : 1))
  }

  async readCatalog(): Promise<Catalog | undefined> {
    const [row] = await this.#session.rows('select facts from polystore_catalog where id = 1')
    return row === undefined ? undefined : toCatalog(row['facts'])
  }

  async writeCatalog(catalog: Catalog): Promise<void> {
    await this.#session.script('delete from polystore_catalog where id = 1')
    await this.#write('insert into polystore_catalog (id, facts) values', [1, JSON.stringify(catalog)])
  }

  async readProgress(name: string): Promise<SqlProgress | undefined> {
    const rows = await this.#session.rows(
      `select state, done, done_checksum, before_catalog from polystore_migrations where name = ${this.#mark(1)}`,
      [name],
    )
    const row = rows[0]
    if (row === undefined || row['state'] === 'applied') return undefined
    const { done, done_checksum: doneChecksum, before_catalog: before } = row
    return {
      state: row['state'] === 'undoing' ? 'undoing' : 'applying',
      done: Number(done),
      doneChecksum: String(doneChecksum),
      before: before === null ? undefined : toCatalog(before),
    }
  }

  /** Tells in the record of a migration how far it has come. */
  async writeProgress({ name, checksum, contract }: Migration, { state, done, doneChecksum, before }: SqlProgress): Promise<void> {
    const how = [done, doneChecksum, before === undefined ? null : JSON.stringify(before)]
    // One that is being undone keeps when and by whom it was applied.
    if (state === 'undoing') return this.#setState(name, [state, ...how])
    await this.erase(name)
    await this.#insertRecord([name, checksum, state, contract ?? null, ...how])
  }

  async writeApplied({ name, checksum, contract }: Migration): Promise<void> {
    await this.erase(name)
    await this.#insertRecord([name, checksum, 'applied', contract ?? null, null, null, null])
  }

  /** Takes back that an undo was begun. */
  async restoreApplied(name: string): Promise<void> {
    await this.#setState(name, ['applied', null, null, null])
  }

  async accept({ name, checksum, contract }: Migration): Promise<void> {
    const text = `update polystore_migrations set checksum = ${this.#mark(1)}, contract = ${this.#mark(2)} where name = ${this.#mark(3)}`
    await this.#session.rows(text, [checksum, contract ?? null, name])
  }

  async erase(name: string): Promise<void> {
    await this.#session.rows(`delete from polystore_migrations where name = ${this.#mark(1)}`, [name])
  }

  async addHistory({
    event,
    name,
    detail,
    durationMs,
  }: Pick<HistoryEntry, 'event' | 'name' | 'detail'> & { durationMs?: number }): Promise<void> {
    const values = [event, name, new Date(), this.#by, Math.round(durationMs ?? 0), detail ?? null]
    await this.#write('insert into polystore_migration_history (event, name, at, by_whom, duration_ms, detail) values', values)
  }

  /** Newest first. */
  async readHistory(limit: number): Promise<HistoryEntry[]> {
    const rows = await this.#session.rows(
      `select event, name, at, by_whom, duration_ms, detail from polystore_migration_history order by id desc limit ${Math.trunc(limit)}`,
    )
    return rows.map(toHistory)
  }

  async #setState(name: string, values: readonly unknown[]): Promise<void> {
    const columns = ['state', 'done', 'done_checksum', 'before_catalog'].map((column, index) => `${column} = ${this.#mark(index + 1)}`)
    await this.#session.rows(`update polystore_migrations set ${columns.join(', ')} where name = ${this.#mark(5)}`, [...values, name])
  }

  async #insertRecord([name, checksum, state, ...rest]: readonly unknown[]): Promise<void> {
    const values = [name, checksum, state, new Date(), this.#by, ...rest]
    await this.#write(`insert into polystore_migrations (${recordColumns.join(', ')}) values`, values)
  }

  async #write(text: string, values: readonly unknown[]): Promise<void> {
    await this.#session.rows(`${text} (${values.map((_, index) => this.#mark(index + 1)).join(', ')})`, values)
  }

  #mark(position: number): string {
    return this.#dialect.placeholder(position)
  }
}

function toRecord(row: Record<string, unknown>): MigrationRecord {
  const { name, checksum, state, contract, done } = row
  if (typeof name !== 'string' || typeof checksum !== 'string' || (state !== 'applied' && state !== 'applying' && state !== 'undoing'))
    throw new InvalidValueError('The table polystore_migrations has another shape.')
  const optional = { ...(typeof contract === 'string' && { contract }), ...(state !== 'applied' && { done: Number(done) }) }
  return { name, checksum, state, appliedAt: toDate(row['applied_at']), appliedBy: String(row['applied_by']), ...optional }
}

const events: readonly HistoryEvent[] = ['applied', 'undone', 'failed', 'baselined', 'repaired', 'forgotten']

function toHistory(row: Record<string, unknown>): HistoryEntry {
  const event = events.find((known) => known === row['event'])
  if (event === undefined) throw new InvalidValueError('The table polystore_migration_history has another shape.')
  const { detail } = row
  const entry = {
    event,
    name: String(row['name']),
    at: toDate(row['at']),
    by: String(row['by_whom']),
    durationMs: Number(row['duration_ms']),
  }
  return typeof detail === 'string' ? { ...entry, detail } : entry
}

function toDate(value: unknown): Date {
  if (value instanceof Date) return value
  const date = new Date(typeof value === 'number' ? value : String(value))
  if (Number.isNaN(date.getTime())) throw new InvalidValueError('A time of the tables of migrations is none.')
  return date
}

function toCatalog(text: unknown): Catalog {
  const parsed: unknown = JSON.parse(String(text))
  if (typeof parsed !== 'object' || parsed === null) throw new InvalidValueError('The table polystore_catalog has another shape.')
  return Object.fromEntries(Object.entries(parsed).map(([object, description]) => [object, String(description)]))
}
