import type { Collection, Document } from 'mongodb'
import type { Filter } from '../filters/filter.ts'
import type { EntityShape } from '../mixins/traits.ts'
import type { CursorPage, OffsetPage } from '../pages/page.ts'
import type { NoRelations, Relations } from '../relations/relation.ts'
import type { RepositoryOptions } from '../repository/repository-options.ts'
import type { ListQuery, LockOptions, PageQuery, ReadOptions, Reader, SeekQuery, StreamOptions } from '../repository/repository.ts'
import type { Transaction } from '../repository/transaction.ts'
import type { CollectionDefinition, RowOf } from './mongo-collection.ts'
import type { CallOptions, MongoDatabase } from './mongo-database.ts'
import type { StoredDocument } from './mongo-documents.ts'
import { MongoReads } from './mongo-reads.ts'

/** The reading half of a repository; MongoRepository is the whole. */
export class MongoReader<Definition extends CollectionDefinition, Related extends Relations = NoRelations> implements Reader<
  RowOf<Definition>,
  string,
  Related
> {
  readonly database: MongoDatabase
  readonly definition: Definition
  readonly entity: EntityShape
  /** Documents as they are stored, for queries of your own; run them by `run`. */
  protected readonly documents: Collection<StoredDocument>
  /** What this class shows of reads, without its types: views read through it. */
  protected readonly reads: MongoReads<Definition, Related>

  constructor(database: MongoDatabase, definition: Definition, options: RepositoryOptions<Related, RowOf<Definition>> = {}) {
    this.database = database
    this.definition = definition
    this.documents = database.driver.collection<StoredDocument>(definition.name)
    this.reads = new MongoReads(database, definition, options)
    this.entity = this.reads.entity
  }

  find(id: string, options?: LockOptions): Promise<RowOf<Definition> | undefined> {
    return this.reads.find(id, options)
  }

  get(id: string, options?: LockOptions): Promise<RowOf<Definition>> {
    return this.reads.get(id, options)
  }

  findOne(where: Filter<RowOf<Definition>, Related>, options?: LockOptions): Promise<RowOf<Definition> | undefined> {
    return this.reads.findOne(where, options)
  }

  getOne(where: Filter<RowOf<Definition>, Related>, options?: LockOptions): Promise<RowOf<Definition>> {
    return this.reads.getOne(where, options)
  }

  getMany(ids: readonly string[], options?: LockOptions): Promise<RowOf<Definition>[]> {
    return this.reads.getMany(ids, options)
  }

  list(query?: ListQuery<RowOf<Definition>, Related>, options?: LockOptions): Promise<RowOf<Definition>[]> {
    return this.reads.list(query, options)
  }

  page(query?: PageQuery<RowOf<Definition>, Related>, options?: ReadOptions): Promise<OffsetPage<RowOf<Definition>>> {
    return this.reads.page(query, options)
  }

  seek(query?: SeekQuery<RowOf<Definition>, Related>, options?: ReadOptions): Promise<CursorPage<RowOf<Definition>>> {
    return this.reads.seek(query, options)
  }

  count(where?: Filter<RowOf<Definition>, Related>, options?: ReadOptions): Promise<number> {
    return this.reads.count(where, options)
  }

  exists(where: Filter<RowOf<Definition>, Related>, options?: ReadOptions): Promise<boolean> {
    return this.reads.exists(where, options)
  }

  stream(query?: Omit<ListQuery<RowOf<Definition>, Related>, 'limit'>, options?: StreamOptions): AsyncGenerator<RowOf<Definition>> {
    return this.reads.stream(query, options)
  }

  /** Runs one driver call with its limits, in `tx` if one is given; its errors become those of db-core. */
  protected run<Result>(call: (options: CallOptions) => Promise<Result>, tx?: Transaction): Promise<Result> {
    return this.database.run(call, { tx, entity: this.entity.name })
  }

  protected toRow(document: Document): RowOf<Definition> {
    return this.reads.toRow(document)
  }

  protected throwNotFound(): never {
    return this.reads.throwNotFound()
  }
}
