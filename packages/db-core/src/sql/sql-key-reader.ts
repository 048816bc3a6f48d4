import type { Table as AnyTable } from 'drizzle-orm'
import { ReadJoiner } from '../batching/read-joiner.ts'
import type { LockOptions } from '../repository/repository.ts'
import { requireNoTransaction } from '../repository/unit-of-work.ts'
import type { WireValue } from './sql-driver.ts'
import { encodeKey, type RowOf, type SqlEntity } from './sql-entity.ts'
import type { SqlField } from './sql-field.ts'
import { compileFilter } from './sql-filters.ts'
import { lockOf } from './sql-lock.ts'
import { allOf } from './sql-part.ts'
import type { SqlProjection } from './sql-projection.ts'
import { tenantOfCall } from './sql-scope.ts'
import type { KeyRead, SqlTable } from './sql-table.ts'
import type { Raw } from './sql-writer.ts'

/** Reads of one table by key: prepared once, and joined with those that meet them. */
export class SqlKeyReader<Table extends AnyTable> {
  readonly #table: SqlTable<Table>
  readonly #joiner: ReadJoiner<Raw> | undefined

  constructor(table: SqlTable<Table>, joinReads: boolean) {
    this.#table = table
    if (joinReads && hasPlainText(table.entity.key)) this.#joiner = new ReadJoiner({ maxWaitMs: table.database.maxWaitMs })
  }

  /** Kept short, for it is the most frequent call of all: each further promise would cost every one. */
  readOne(id: unknown, projection: SqlProjection<RowOf<Table>>, options: LockOptions): Promise<Raw | undefined> {
    const key = encodeKey(this.#table.entity, id)
    if (options.lock !== undefined || options.onLocked !== undefined) return this.#lockRows([key], projection, options).then(([row]) => row)
    const read = this.#keyRead(projection, options)
    if (options.tx !== undefined || this.#joiner === undefined) return this.#table.selectByKey(options.tx, key, read)
    const text = String(key)
    return this.#join(this.#joiner, [text], read).then((rows) => rows.get(text))
  }

  /** The rows that exist, once each, in the order of `ids`. */
  async readMany(ids: readonly unknown[], projection: SqlProjection<RowOf<Table>>, options: LockOptions): Promise<Raw[]> {
    const { entity } = this.#table
    const keys = new Map<string, WireValue>()
    for (const id of ids) {
      const key = encodeKey(entity, id)
      keys.set(String(key), key)
    }
    if (keys.size === 0) return []
    const rows = await this.#readAll(keys, projection, options)
    return [...keys.keys()].map((key) => rows.get(key)).filter((row) => row !== undefined)
  }

  async #readAll(
    keys: ReadonlyMap<string, WireValue>,
    projection: SqlProjection<RowOf<Table>>,
    options: LockOptions,
  ): Promise<ReadonlyMap<string, Raw>> {
    const list = [...keys.values()]
    if (options.lock !== undefined || options.onLocked !== undefined)
      return byKey(await this.#lockRows(list, projection, options), this.#keyIndex(projection))
    const read = this.#keyRead(projection, options)
    if (options.tx === undefined && this.#joiner) return this.#join(this.#joiner, [...keys.keys()], read)
    return byKey(await this.#table.selectByKeys(options.tx, list, read), read.keyIndex)
  }

  /** The statement knows nothing of its calls but the group: they may come from different scopes, tenants and transactions that are over. */
  #join(joiner: ReadJoiner<Raw>, keys: readonly string[], read: ReadOfKeys): Promise<ReadonlyMap<string, Raw>> {
    requireNoTransaction(this.#table.database)
    const group = `${read.scope}\n${read.projection.shape}\n${read.tenant ?? ''}`
    return joiner.read(group, keys, (wanted) => this.#fetch(wanted, read))
  }

  async #fetch(texts: readonly string[], read: ReadOfKeys): Promise<ReadonlyMap<string, Raw>> {
    const { entity } = this.#table
    const [only] = texts
    if (only === undefined || texts.length > 1) {
      const keys = texts.map((text) => keyFromText(entity, text))
      return byKey(await this.#table.selectByKeys(undefined, keys, read), read.keyIndex)
    }
    const raw = await this.#table.selectByKey(undefined, keyFromText(entity, only), read)
    return new Map(raw && [[only, raw]])
  }

  #lockRows(keys: readonly WireValue[], projection: SqlProjection<RowOf<Table>>, options: LockOptions): Promise<Raw[]> {
    const { entity } = this.#table
    const lock = lockOf(options, entity.name)
    const value = keys.map(String)
    const list = compileFilter({ kind: 'compare', field: entity.keyField, operator: 'in', value, ignoreCase: false }, entity)
    return this.#table.select(options.tx, { where: allOf([list, this.#table.visible(options.scope)]), projection, lock })
  }

  #keyRead(projection: SqlProjection<RowOf<Table>>, { scope = 'live' }: LockOptions): ReadOfKeys {
    return { scope, tenant: tenantOfCall(this.#table.entity), projection, keyIndex: this.#keyIndex(projection) }
  }

  #keyIndex(projection: SqlProjection<RowOf<Table>>): number {
    return projection.indexOf(this.#table.entity.keyField)
  }
}

interface ReadOfKeys extends KeyRead {
  readonly keyIndex: number
}

/** True for keys whose text is the same whether it was sent or read, so that rows can be told apart by it. */
function hasPlainText({ kind, column }: SqlField): boolean {
  const type = column.getSQLType()
  if (kind === 'uuid') return true
  // char(n) is padded.
  if (kind === 'text') return !/^char(?:acter)?\b(?! varying)/i.test(type)
  return (column.dataType === 'number' || column.dataType === 'bigint') && /int|serial/i.test(type)
}

function keyFromText({ dialect, key }: SqlEntity<unknown>, text: string): WireValue {
  const { dataType } = key.column
  const value = dataType === 'number' ? Number(text) : dataType === 'bigint' ? BigInt(text) : text
  return dialect.encode(value) ?? null
}

function byKey(rows: readonly Raw[], index: number): ReadonlyMap<string, Raw> {
  return new Map(rows.map((row) => [String(row[index]), row]))
}
