import type { Table as AnyTable } from 'drizzle-orm'
import type { Filter } from '../filters/filter.ts'
import type { EntityShape } from '../mixins/traits.ts'
import type { CursorPage, OffsetPage } from '../pages/page.ts'
import { createView } from '../relations/create-view.ts'
import type { IncludeSpec, Included, KnownIncludes, NoRelations, Relations } from '../relations/relation.ts'
import type { RepositoryOptions } from '../repository/repository-options.ts'
import type {
  ListQuery,
  LockOptions,
  Outcome,
  PageQuery,
  ReadOptions,
  Reader,
  Repository,
  SeekQuery,
  SeparateOptions,
  StreamOptions,
  UpdateOptions,
  Upserted,
  WriteOptions,
} from '../repository/repository.ts'
import type { Transaction } from '../repository/transaction.ts'
import { createWriter } from './create-writer.ts'
import type { DrizzleOf } from './drizzle-of.ts'
import { SqlChanger } from './sql-changer.ts'
import { SqlCreator } from './sql-creator.ts'
import type { SqlDatabase } from './sql-database.ts'
import { describeTable, type CreateOf, type IdOf, type PatchOf, type RowOf } from './sql-entity.ts'
import { SqlReader } from './sql-reader.ts'
import { makeReachable } from './sql-related.ts'
import { SqlTable } from './sql-table.ts'

/** The repository of one table; a domain repository extends it and adds its own queries on `this.db(tx)`. */
export class SqlRepository<Table extends AnyTable, Related extends Relations = NoRelations> implements Repository<
  RowOf<Table>,
  IdOf<Table>,
  CreateOf<Table>,
  PatchOf<Table>,
  Related
> {
  readonly #database: SqlDatabase<DrizzleOf<Table>>
  readonly #table: SqlTable<Table>
  readonly #reader: SqlReader<Table, Related>
  readonly #creator: SqlCreator<Table>
  readonly #changer: SqlChanger<Table, Related>

  constructor(database: SqlDatabase<DrizzleOf<Table>>, table: Table, options: RepositoryOptions<Related, RowOf<Table>> = {}) {
    const { joinReads = true, joinWrites = false } = options
    const entity = describeTable(table, database.dialect, options)
    this.#database = database
    this.#table = new SqlTable(database, entity)
    this.#reader = new SqlReader(this.#table, joinReads)
    const write = { writer: createWriter(this.#table), target: { entity: entity.name, fields: entity.fieldNames, key: entity.keyField } }
    this.#creator = new SqlCreator(this.#table, write, joinWrites)
    this.#changer = new SqlChanger(this.#table, write, this.#reader)
    makeReachable(this, { entity, database })
  }

  get entity(): EntityShape {
    return this.#table.entity
  }

  /** Drizzle on the given transaction, or on the pool. Scope, tenant and stamps are then the query's own business. */
  protected db(tx?: Transaction): DrizzleOf<Table> {
    return tx === undefined ? this.#database.drizzle : this.#database.join(tx).drizzle
  }

  find(id: IdOf<Table>, options?: LockOptions): Promise<RowOf<Table> | undefined> {
    return this.#reader.find(id, options)
  }

  get(id: IdOf<Table>, options?: LockOptions): Promise<RowOf<Table>> {
    return this.#reader.get(id, options)
  }

  findOne(where: Filter<RowOf<Table>, Related>, options?: LockOptions): Promise<RowOf<Table> | undefined> {
    return this.#reader.findOne(where, options)
  }

  getOne(where: Filter<RowOf<Table>, Related>, options?: LockOptions): Promise<RowOf<Table>> {
    return this.#reader.getOne(where, options)
  }

  getMany(ids: readonly IdOf<Table>[], options?: LockOptions): Promise<RowOf<Table>[]> {
    return this.#reader.getMany(ids, options)
  }

  list(query?: ListQuery<RowOf<Table>, Related>, options?: LockOptions): Promise<RowOf<Table>[]> {
    return this.#reader.list(query, options)
  }

  page(query?: PageQuery<RowOf<Table>, Related>, options?: ReadOptions): Promise<OffsetPage<RowOf<Table>>> {
    return this.#reader.page(query, options)
  }

  seek(query?: SeekQuery<RowOf<Table>, Related>, options?: ReadOptions): Promise<CursorPage<RowOf<Table>>> {
    return this.#reader.seek(query, options)
  }

  count(where?: Filter<RowOf<Table>, Related>, options?: ReadOptions): Promise<number> {
    return this.#reader.count(where, options)
  }

  exists(where: Filter<RowOf<Table>, Related>, options?: ReadOptions): Promise<boolean> {
    return this.#reader.exists(where, options)
  }

  stream(query?: Omit<ListQuery<RowOf<Table>, Related>, 'limit'>, options?: StreamOptions): AsyncIterable<RowOf<Table>> {
    return this.#reader.stream(query, options)
  }

  selecting<const Field extends keyof RowOf<Table> & string>(
    fields: readonly Field[],
  ): Reader<RowOf<Table>, IdOf<Table>, Related, Pick<RowOf<Table>, Field>> {
    return createView(this.#reader, { fields })
  }

  including<const Spec extends IncludeSpec<Related>>(
    spec: Spec & KnownIncludes<Related, Spec>,
  ): Reader<RowOf<Table>, IdOf<Table>, Related, RowOf<Table> & Included<Related, Spec>> {
    return createView(this.#reader, { include: spec })
  }

  async create(input: CreateOf<Table>, { tx }: WriteOptions = {}): Promise<RowOf<Table>> {
    return this.#table.entity.decode(await this.#creator.create(input, tx))
  }

  createMany(inputs: readonly CreateOf<Table>[], options: SeparateOptions): Promise<Outcome<RowOf<Table>>[]>
  createMany(inputs: readonly CreateOf<Table>[], options?: WriteOptions): Promise<RowOf<Table>[]>
  async createMany(
    inputs: readonly CreateOf<Table>[],
    { tx, atomic = true }: WriteOptions & { readonly atomic?: boolean } = {},
  ): Promise<RowOf<Table>[] | Outcome<RowOf<Table>>[]> {
    const { entity } = this.#table
    if (atomic) return await this.#creator.createMany(inputs, tx)
    const outcomes = await this.#creator.createEach(inputs, tx)
    return outcomes.map(({ raw, error }) => (error ? { error } : { row: entity.decode(raw) }))
  }

  update(id: IdOf<Table>, patch: PatchOf<Table>, options: UpdateOptions = {}): Promise<RowOf<Table>> {
    return this.#changer.update(id, patch, options)
  }

  updateMany(where: Filter<RowOf<Table>, Related>, patch: PatchOf<Table>, { tx }: WriteOptions = {}): Promise<number> {
    return this.#changer.updateMany(where, patch, tx)
  }

  async upsert(
    input: CreateOf<Table>,
    onConflict: readonly (keyof RowOf<Table> & string)[],
    options: WriteOptions = {},
  ): Promise<Upserted<RowOf<Table>>> {
    const [upserted] = await this.upsertMany([input], onConflict, options)
    return upserted ?? this.#reader.missing()
  }

  async upsertMany(
    inputs: readonly CreateOf<Table>[],
    onConflict: readonly (keyof RowOf<Table> & string)[],
    { tx }: WriteOptions = {},
  ): Promise<Upserted<RowOf<Table>>[]> {
    const upserted = await this.#creator.upsert(inputs, onConflict, tx)
    return upserted.map(({ raw, created }) => ({ row: this.#table.entity.decode(raw), created }))
  }

  increment(id: IdOf<Table>, by: Partial<Record<keyof RowOf<Table> & string, number>>, { tx }: WriteOptions = {}): Promise<RowOf<Table>> {
    return this.#changer.increment(id, by, tx)
  }

  delete(id: IdOf<Table>, { tx }: WriteOptions = {}): Promise<void> {
    return this.#changer.delete(id, tx)
  }

  deleteMany(where: Filter<RowOf<Table>, Related>, { tx }: WriteOptions = {}): Promise<number> {
    return this.#changer.deleteMany(where, tx)
  }

  softDelete(id: IdOf<Table>, { tx }: WriteOptions = {}): Promise<void> {
    return this.#changer.softDelete(id, tx)
  }

  restore(id: IdOf<Table>, { tx }: WriteOptions = {}): Promise<RowOf<Table>> {
    return this.#changer.restore(id, tx)
  }

  purge(id: IdOf<Table>, { tx }: WriteOptions = {}): Promise<void> {
    return this.#changer.purge(id, tx)
  }
}
