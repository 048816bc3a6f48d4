import { getTableName, is, Table } from 'drizzle-orm'
import { RepositoryError, StaleVersionError, UnsupportedError } from '../errors/repository-error.ts'
import type { Filter } from '../filters/filter.ts'
import { createView } from '../relations/create-view.ts'
import type { Included, IncludeSpec, KnownIncludes, NoRelations, Relations } from '../relations/relation.ts'
import type { RepositoryOptions } from '../repository/repository-options.ts'
import type {
  Outcome,
  Reader,
  Repository,
  Scope,
  SeparateOptions,
  UpdateOptions,
  Upserted,
  WriteOptions,
} from '../repository/repository.ts'
import { parseAmounts, parseCreate, parsePatch, type WriteTarget } from '../repository/write-input.ts'
import { collectionEntity } from './collection-entity.ts'
import type { MemoryDatabase } from './memory-database.ts'
import type { MemoryEntity, StoredRow } from './memory-entity.ts'
import { compileFilter } from './memory-filter.ts'
import { insertRow } from './memory-insert.ts'
import { MemoryReader } from './memory-reader.ts'
import { addedRow, creationStamps, deletedRow, patchedRow, readPatch, restoredRow } from './memory-rows.ts'
import type { MemoryStatement } from './memory-statement.ts'
import type { CreateOf, IdOf, MemorySource, PatchOf, RowOf } from './memory-types.ts'
import { prepareUpserts, upsertRow } from './memory-upsert.ts'
import { visibleRows } from './memory-visibility.ts'
import { tableEntity, type TableRules } from './table-entity.ts'

/** What a memory repository is told, besides what all are: in functions, what a table says in SQL. */
export interface MemoryRepositoryOptions<Row, Related extends Relations = NoRelations>
  extends RepositoryOptions<Related, Row>, TableRules {}

/** Stands in for the repository of a Drizzle table or a MongoDB collection, with the same types, rules and errors. */
export function memoryRepository<Source extends MemorySource, Related extends Relations = NoRelations>(
  database: MemoryDatabase,
  source: Source,
  options: MemoryRepositoryOptions<RowOf<Source>, Related> = {},
): MemoryRepository<Source, Related> {
  return new MemoryRepository(database, source, options)
}

/** The repository of one table or collection, in the memory of this process. */
export class MemoryRepository<Source extends MemorySource, Related extends Relations = NoRelations>
  extends MemoryReader<Source, Related>
  implements Repository<RowOf<Source>, IdOf<Source>, CreateOf<Source>, PatchOf<Source>, Related>
{
  constructor(database: MemoryDatabase, source: Source, options: MemoryRepositoryOptions<RowOf<Source>, Related> = {}) {
    const { relations, searchFields, ...rules } = options
    super(database, { ...entityOf(source, rules, database), relations, searchFields })
  }

  selecting<const Field extends keyof RowOf<Source> & string>(
    fields: readonly Field[],
  ): Reader<RowOf<Source>, IdOf<Source>, Related, Pick<RowOf<Source>, Field>> {
    return createView(this, { fields })
  }

  including<const Spec extends IncludeSpec<Related>>(
    spec: Spec & KnownIncludes<Related, Spec>,
  ): Reader<RowOf<Source>, IdOf<Source>, Related, RowOf<Source> & Included<Related, Spec>> {
    return createView(this, { include: spec })
  }

  async create(input: CreateOf<Source>, { tx }: WriteOptions = {}): Promise<RowOf<Source>> {
    const given = parseCreate(input, this.#target)
    const stamps = creationStamps(this.entity, this.database.now())
    return this.show(this.#write(tx, (statement) => insertRow(statement, this.entity, given, stamps)))
  }

  createMany(inputs: readonly CreateOf<Source>[], options?: WriteOptions): Promise<RowOf<Source>[]>
  createMany(inputs: readonly CreateOf<Source>[], options: SeparateOptions): Promise<Outcome<RowOf<Source>>[]>
  async createMany(
    inputs: readonly CreateOf<Source>[],
    options: WriteOptions | SeparateOptions = {},
  ): Promise<RowOf<Source>[] | Outcome<RowOf<Source>>[]> {
    if ('atomic' in options && !options.atomic) return this.#createSeparately(inputs, options)
    const given = inputs.map((input) => parseCreate(input, this.#target))
    const stamps = given.length > 0 ? creationStamps(this.entity, this.database.now()) : {}
    const rows = this.#write(options.tx, (statement) => given.map((row) => insertRow(statement, this.entity, row, stamps)))
    return rows.map((row) => this.show(row))
  }

  async update(id: IdOf<Source>, patch: PatchOf<Source>, options: UpdateOptions = {}): Promise<RowOf<Source>> {
    const changes = readPatch(this.entity, parsePatch(patch, this.#target))
    return this.#change(id, options, Object.keys(changes).length > 0, (row, now) => patchedRow(this.entity, row, changes, now))
  }

  async updateMany(where: Filter<RowOf<Source>, Related>, patch: PatchOf<Source>, { tx }: WriteOptions = {}): Promise<number> {
    const matching = await this.#matching(where, tx)
    const changes = readPatch(this.entity, parsePatch(patch, this.#target))
    const now = this.database.now()
    return this.#write(tx, (statement) => {
      if (Object.keys(changes).length === 0) return 0
      const rows = matching(statement)
      for (const row of rows) statement.replace(this.entity, patchedRow(this.entity, row, changes, now))
      return rows.length
    })
  }

  async upsert(
    input: CreateOf<Source>,
    onConflict: readonly (keyof RowOf<Source> & string)[],
    options: WriteOptions = {},
  ): Promise<Upserted<RowOf<Source>>> {
    const [upserted] = await this.upsertMany([input], onConflict, options)
    return upserted ?? this.throwNotFound()
  }

  async upsertMany(
    inputs: readonly CreateOf<Source>[],
    onConflict: readonly (keyof RowOf<Source> & string)[],
    { tx }: WriteOptions = {},
  ): Promise<Upserted<RowOf<Source>>[]> {
    const given = inputs.map((input) => parseCreate(input, this.#target))
    const upserts = prepareUpserts(this.entity, given, onConflict, this.database.now())
    const written = this.#write(tx, (statement) => upserts.map((upsert) => upsertRow(statement, this.entity, upsert)))
    return written.map(({ row, created }) => ({ row: this.show(row), created }))
  }

  async increment(
    id: IdOf<Source>,
    by: Partial<Record<keyof RowOf<Source> & string, number>>,
    options: WriteOptions = {},
  ): Promise<RowOf<Source>> {
    const amounts = parseAmounts(by, this.#target)
    return this.#change(id, options, Object.keys(amounts).length > 0, (row, now) => addedRow(this.entity, row, amounts, now))
  }

  async delete(id: IdOf<Source>, { tx }: WriteOptions = {}): Promise<void> {
    const key = this.keyText(id)
    this.#write(tx, (statement) => this.#delete(statement, this.#visible(statement, key)))
  }

  async deleteMany(where: Filter<RowOf<Source>, Related>, { tx }: WriteOptions = {}): Promise<number> {
    const matching = await this.#matching(where, tx)
    return this.#write(tx, (statement) => {
      const rows = matching(statement)
      for (const row of rows) this.#delete(statement, row)
      return rows.length
    })
  }

  async softDelete(id: IdOf<Source>, options: WriteOptions = {}): Promise<void> {
    this.#requireSoftDelete('deleted softly')
    await this.delete(id, options)
  }

  async restore(id: IdOf<Source>, { tx }: WriteOptions = {}): Promise<RowOf<Source>> {
    this.#requireSoftDelete('restored')
    const key = this.keyText(id)
    const now = this.database.now()
    return this.show(
      this.#write(tx, (statement) =>
        statement.replace(this.entity, restoredRow(this.entity, this.#visible(statement, key, 'deleted'), now)),
      ),
    )
  }

  async purge(id: IdOf<Source>, { tx }: WriteOptions = {}): Promise<void> {
    const key = this.keyText(id)
    this.#write(tx, (statement) => statement.remove(this.entity, this.#visible(statement, key, 'all')))
  }

  get #target(): WriteTarget {
    return { entity: this.entity.name, fields: this.entity.fieldNames, key: this.entity.keyField }
  }

  #write<Result>(tx: WriteOptions['tx'], work: (statement: MemoryStatement) => Result): Result {
    return this.database.write(tx, this.entity, work)
  }

  /** One conditional write of a row that the call may see. Without anything to change it is left as it is. */
  #change(
    id: IdOf<Source>,
    { tx, version }: UpdateOptions,
    isChanged: boolean,
    change: (row: StoredRow, now: Date) => StoredRow,
  ): RowOf<Source> {
    this.#requireVersioned(version)
    const key = this.keyText(id)
    const now = this.database.now()
    const written = this.#write(tx, (statement) => {
      const row = this.#visible(statement, key)
      if (version !== undefined && row['version'] !== version) this.#throwStale()
      return isChanged ? statement.replace(this.entity, change(row, now)) : row
    })
    return this.show(written)
  }

  #createSeparately(inputs: readonly CreateOf<Source>[], { tx }: WriteOptions): Outcome<RowOf<Source>>[] {
    const stamps = inputs.length > 0 ? creationStamps(this.entity, this.database.now()) : {}
    return this.#write(tx, (statement) => inputs.map((input) => this.#outcomeOf(() => this.#createAlone(statement, input, stamps))))
  }

  #createAlone(statement: MemoryStatement, input: CreateOf<Source>, stamps: StoredRow): RowOf<Source> {
    const given = parseCreate(input, this.#target)
    return this.show(statement.separately((part) => insertRow(part, this.entity, given, stamps)))
  }

  #outcomeOf(create: () => RowOf<Source>): Outcome<RowOf<Source>> {
    try {
      return { row: create() }
    } catch (error) {
      if (error instanceof RepositoryError) return { error }
      throw error
    }
  }

  #delete(statement: MemoryStatement, row: StoredRow): void {
    if (this.entity.traits.softDelete) statement.replace(this.entity, deletedRow(this.entity, row, this.database.now()))
    else statement.remove(this.entity, row)
  }

  /** The row of a key, if the call may see it. @throws NotFoundError */
  #visible(statement: MemoryStatement, key: string, scope: Scope = 'live'): StoredRow {
    const isVisible = visibleRows(this.entity, scope)
    const row = statement.state.table(this.entity).rows.get(key)
    return row && isVisible(row) ? row : this.throwNotFound()
  }

  /** How to find the rows of a bulk write, its filter checked and its relations asked for. */
  async #matching(where: unknown, tx: WriteOptions['tx']): Promise<(statement: MemoryStatement) => StoredRow[]> {
    const isVisible = visibleRows(this.entity)
    const matches = compileFilter(await this.resolve(this.parseNarrowWhere(where), { tx }), this.entity)
    return ({ state }) => [...state.table(this.entity).rows.values()].filter((row) => isVisible(row) && matches(row))
  }

  #requireVersioned(version: number | undefined): void {
    if (version === undefined || this.entity.traits.versioned) return
    throw new UnsupportedError(`${this.entity.name} has no version to compare.`, { entity: this.entity.name })
  }

  #requireSoftDelete(deed: string): void {
    if (this.entity.traits.softDelete) return
    throw new UnsupportedError(`${this.entity.name} has no deletedAt, so nothing can be ${deed}.`, { entity: this.entity.name })
  }

  #throwStale(): never {
    throw new StaleVersionError(`The row of ${this.entity.name} has been changed since.`, { entity: this.entity.name, fields: ['version'] })
  }
}

function entityOf(source: MemorySource, rules: TableRules, database: MemoryDatabase): MemoryEntity {
  if (!is(source, Table)) return database.learn(source.name, () => collectionEntity(source))
  return database.learn(getTableName(source), () => tableEntity(source, rules, database.now))
}
