import type { Table as AnyTable } from 'drizzle-orm'
import { InvalidFilterError, StaleVersionError, UnsupportedError } from '../errors/repository-error.ts'
import { parseFilter } from '../filters/parse-filter.ts'
import type { Relations } from '../relations/relation.ts'
import type { UpdateOptions } from '../repository/repository.ts'
import type { Transaction } from '../repository/transaction.ts'
import { parseAmounts, parsePatch } from '../repository/write-input.ts'
import type { RowOf } from './sql-entity.ts'
import { allOf, type SqlPart } from './sql-part.ts'
import type { SqlReader } from './sql-reader.ts'
import { equals } from './sql-scope.ts'
import type { SqlTable } from './sql-table.ts'
import type { SqlWriteSetting } from './sql-writer.ts'
import { additions, assignments, deletionMarks, restorationMarks, stamps } from './sql-writes.ts'

/** Changes to rows of one table that are there: patches, increments, deletion and what undoes it. */
export class SqlChanger<Table extends AnyTable, Related extends Relations> {
  readonly #table: SqlTable<Table>
  readonly #setting: SqlWriteSetting
  readonly #reader: SqlReader<Table, Related>

  constructor(table: SqlTable<Table>, setting: SqlWriteSetting, reader: SqlReader<Table, Related>) {
    this.#table = table
    this.#setting = setting
    this.#reader = reader
  }

  async update(id: unknown, patch: unknown, options: UpdateOptions): Promise<RowOf<Table>> {
    const changes = assignments(parsePatch(patch, this.#setting.target), this.#table.entity)
    return await this.#updateOne(id, changes, options)
  }

  async increment(id: unknown, by: unknown, tx: Transaction | undefined): Promise<RowOf<Table>> {
    return await this.#updateOne(id, additions(parseAmounts(by, this.#setting.target), this.#table.entity), { tx })
  }

  async updateMany(where: unknown, patch: unknown, tx: Transaction | undefined): Promise<number> {
    const { entity } = this.#table
    const condition = await this.#boundedWhere(where, tx)
    const changes = assignments(parsePatch(patch, this.#setting.target), entity)
    if (changes.length === 0) return 0
    return await this.#table.updateAll(tx, [...changes, ...stamps(entity)], condition)
  }

  async delete(id: unknown, tx: Transaction | undefined): Promise<void> {
    const where = allOf([this.#table.byKey(id), this.#table.visible()])
    if ((await this.#deleteWhere(tx, where)) === 0) this.#reader.missing()
  }

  async deleteMany(where: unknown, tx: Transaction | undefined): Promise<number> {
    return await this.#deleteWhere(tx, await this.#boundedWhere(where, tx))
  }

  async softDelete(id: unknown, tx: Transaction | undefined): Promise<void> {
    this.#requireSoftDelete('its rows cannot be deleted softly')
    await this.delete(id, tx)
  }

  async restore(id: unknown, tx: Transaction | undefined): Promise<RowOf<Table>> {
    const { entity } = this.#table
    this.#requireSoftDelete('nothing can be restored')
    const where = allOf([this.#table.byKey(id), this.#table.visible('deleted')])
    const changes = [...restorationMarks(entity), ...stamps(entity)]
    const raw = await this.#setting.writer.updateByKey(tx, { id, changes, where })
    return raw ? entity.decode(raw) : this.#reader.missing()
  }

  async purge(id: unknown, tx: Transaction | undefined): Promise<void> {
    const removed = await this.#table.remove(tx, allOf([this.#table.byKey(id), this.#table.visible('all')]))
    if (removed === 0) this.#reader.missing()
  }

  /** One conditional write; only when it misses is the row looked for again, to tell why. */
  async #updateOne(id: unknown, changes: readonly SqlPart[], { tx, version }: UpdateOptions): Promise<RowOf<Table>> {
    const { entity } = this.#table
    const key = allOf([this.#table.byKey(id), this.#table.visible()])
    const where = version === undefined ? key : allOf([key, this.#versionIs(version)])
    const raw =
      changes.length === 0
        ? (await this.#table.select(tx, { where }))[0]
        : await this.#setting.writer.updateByKey(tx, { id, changes: [...changes, ...stamps(entity)], where })
    if (raw !== undefined) return entity.decode(raw)
    if (version === undefined || !(await this.#table.exists(tx, key))) return this.#reader.missing()
    throw new StaleVersionError(`The row of ${entity.name} has been changed since.`, { entity: entity.name, fields: ['version'] })
  }

  #versionIs(version: number): SqlPart {
    const { entity } = this.#table
    if (entity.traits.versioned) return equals(entity, 'version', version)
    throw new UnsupportedError(`${entity.name} has no version to compare.`, { entity: entity.name })
  }

  #deleteWhere(tx: Transaction | undefined, where: SqlPart): Promise<number> {
    const { entity } = this.#table
    if (!entity.traits.softDelete) return this.#table.remove(tx, where)
    return this.#table.updateAll(tx, [...deletionMarks(entity), ...stamps(entity)], where)
  }

  /** Whole tables are not changed by an empty filter. */
  async #boundedWhere(filter: unknown, tx: Transaction | undefined): Promise<SqlPart> {
    const { entity } = this.#table
    const node = parseFilter(filter, entity)
    if (node.kind !== 'all') return await this.#reader.condition(node, { tx })
    throw new InvalidFilterError(`A filter that selects all of ${entity.name} is refused here.`, { entity: entity.name })
  }

  #requireSoftDelete(consequence: string): void {
    const { name, traits } = this.#table.entity
    if (!traits.softDelete) throw new UnsupportedError(`${name} has no deletedAt, so ${consequence}.`, { entity: name })
  }
}
