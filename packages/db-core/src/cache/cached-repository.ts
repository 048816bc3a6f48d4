import { RepositoryError, type RepositoryErrorCode } from '../errors/repository-error.ts'
import type { Filter } from '../filters/filter.ts'
import { createView } from '../relations/create-view.ts'
import type { IncludeSpec, Included, KnownIncludes, NoRelations, Relations } from '../relations/relation.ts'
import type { Outcome, Reader, Repository, SeparateOptions, UpdateOptions, Upserted, WriteOptions } from '../repository/repository.ts'
import type { Transaction } from '../repository/transaction.ts'
import { CachedReader } from './cached-reader.ts'
import { type Changed, EntityCache, keyText } from './entity-cache.ts'
import { ReadCache } from './read-cache.ts'

export interface CachedOptions {
  /** How long a row or a list may be used, in milliseconds. Writes past this repository are seen after that time at the latest. */
  readonly ttlMs: number
  /** A cache that other repositories use too; one of its own otherwise. */
  readonly cache?: ReadCache
  /** Part of every key: for a change of the stored values that the names of the fields do not show. */
  readonly schemaVersion?: string
}

/**
 * The repository with a cache in front: rows by id, and lists, pages, counts under a version of the entity that every write changes.
 * A write invalidates at once, or after the commit of its transaction, and not when that is rolled back. Writes that go past it, such as
 * native queries, tell `invalidate`.
 */
export function cached<Row extends object, Id, Create, Patch, Related extends Relations = NoRelations>(
  repository: Repository<Row, Id, Create, Patch, Related>,
  options: CachedOptions,
): CachedRepository<Row, Id, Create, Patch, Related> {
  return new CachedRepository(repository, options)
}

/** What `cached` gives; a domain repository may extend it. */
export class CachedRepository<Row extends object, Id, Create, Patch, Related extends Relations = NoRelations>
  extends CachedReader<Row, Id, Related, Row>
  implements Repository<Row, Id, Create, Patch, Related>
{
  readonly cache: ReadCache
  readonly #source: Repository<Row, Id, Create, Patch, Related>
  readonly #entries: EntityCache

  constructor(source: Repository<Row, Id, Create, Patch, Related>, { cache = new ReadCache(), ...options }: CachedOptions) {
    const entries = new EntityCache(source.entity, options)
    super({ source, cache, entries })
    this.cache = cache
    this.#source = source
    this.#entries = entries
  }

  /** For writes that went past this repository: what is known of these rows, and of all lists, is old. `any` stands for all rows. */
  async invalidate(changed: readonly Id[] | 'any', { tx }: WriteOptions = {}): Promise<void> {
    const tags = this.#entries.changedTags(changed)
    if (tx) tx.afterCommit(() => this.cache.invalidate(tags), { evenIfUnknown: true })
    else await this.cache.invalidate(tags)
  }

  selecting<const Field extends keyof Row & string>(fields: readonly Field[]): Reader<Row, Id, Related, Pick<Row, Field>> {
    return new CachedReader({ source: this.#source.selecting(fields), cache: this.cache, entries: this.#entries, fields })
  }

  /** Rows come from this cache, related rows from the repositories that the relations name, which may be cached ones. */
  including<const Spec extends IncludeSpec<Related>>(
    spec: Spec & KnownIncludes<Related, Spec>,
  ): Reader<Row, Id, Related, Row & Included<Related, Spec>> {
    return createView(this, { include: spec })
  }

  async create(input: Create, options?: WriteOptions): Promise<Row> {
    return await this.#write(options, { run: () => this.#source.create(input, options), unsure: [], sure: () => [] })
  }

  createMany(inputs: readonly Create[], options: SeparateOptions): Promise<Outcome<Row>[]>
  createMany(inputs: readonly Create[], options?: WriteOptions): Promise<Row[]>
  async createMany(inputs: readonly Create[], options?: WriteOptions | SeparateOptions): Promise<Row[] | Outcome<Row>[]> {
    const run = async (): Promise<Row[] | Outcome<Row>[]> =>
      isSeparate(options) ? await this.#source.createMany(inputs, options) : await this.#source.createMany(inputs, options)
    return await this.#write(options, { run, unsure: [], sure: () => [] })
  }

  async update(id: Id, patch: Patch, options?: UpdateOptions): Promise<Row> {
    return await this.#one(id, options, () => this.#source.update(id, patch, options))
  }

  async updateMany(where: Filter<Row, Related>, patch: Patch, options?: WriteOptions): Promise<number> {
    return await this.#many(options, () => this.#source.updateMany(where, patch, options))
  }

  async upsert(input: Create, onConflict: readonly (keyof Row & string)[], options?: WriteOptions): Promise<Upserted<Row>> {
    const run = () => this.#source.upsert(input, onConflict, options)
    return await this.#write(options, { run, unsure: 'any', sure: ({ row }) => [this.#idOf(row)] })
  }

  async upsertMany(
    inputs: readonly Create[],
    onConflict: readonly (keyof Row & string)[],
    options?: WriteOptions,
  ): Promise<Upserted<Row>[]> {
    const run = () => this.#source.upsertMany(inputs, onConflict, options)
    return await this.#write(options, { run, unsure: 'any', sure: (upserted) => upserted.map(({ row }) => this.#idOf(row)) })
  }

  async increment(id: Id, by: Partial<Record<keyof Row & string, number>>, options?: WriteOptions): Promise<Row> {
    return await this.#one(id, options, () => this.#source.increment(id, by, options))
  }

  async delete(id: Id, options?: WriteOptions): Promise<void> {
    await this.#one(id, options, () => this.#source.delete(id, options))
  }

  async deleteMany(where: Filter<Row, Related>, options?: WriteOptions): Promise<number> {
    return await this.#many(options, () => this.#source.deleteMany(where, options))
  }

  async softDelete(id: Id, options?: WriteOptions): Promise<void> {
    await this.#one(id, options, () => this.#source.softDelete(id, options))
  }

  async restore(id: Id, options?: WriteOptions): Promise<Row> {
    return await this.#one(id, options, () => this.#source.restore(id, options))
  }

  async purge(id: Id, options?: WriteOptions): Promise<void> {
    await this.#one(id, options, () => this.#source.purge(id, options))
  }

  #one<Result>(id: Id, options: WriteOptions | undefined, run: () => Promise<Result>): Promise<Result> {
    return this.#write(options, { run, unsure: [id], sure: () => [id] })
  }

  #many(options: WriteOptions | undefined, run: () => Promise<number>): Promise<number> {
    return this.#write(options, { run, unsure: 'any', sure: (count) => (count === 0 ? 'none' : 'any') })
  }

  async #write<Result>({ tx }: WriteOptions = {}, write: Write<Result>): Promise<Result> {
    return tx ? await this.#writeInside(tx, write) : await this.#writeAlone(write)
  }

  /** Registered before the write: what a transaction keeps of a call that failed is the store's business. */
  async #writeInside<Result>(tx: Transaction, { run, unsure, sure }: Write<Result>): Promise<Result> {
    let tags = this.#entries.changedTags(unsure)
    tx.afterCommit(() => this.cache.invalidate(tags), { evenIfUnknown: true })
    const result = await run()
    tags = this.#entries.changedTags(sure(result))
    return result
  }

  async #writeAlone<Result>({ run, unsure, sure }: Write<Result>): Promise<Result> {
    try {
      const result = await run()
      await this.cache.invalidate(this.#entries.changedTags(sure(result)))
      return result
    } catch (error) {
      if (mayHaveHappened(error)) await this.cache.invalidate(this.#entries.changedTags(unsure))
      throw error
    }
  }

  #idOf(row: Row): string {
    return keyText(row, this.entity.keyField)
  }
}

interface Write<Result> {
  readonly run: () => Promise<Result>
  /** What may have changed when nothing is known of the outcome. */
  readonly unsure: Changed
  readonly sure: (result: Result) => Changed
}

const undecided: ReadonlySet<RepositoryErrorCode> = new Set(['commit-unknown', 'unavailable', 'statement-timeout', 'unknown'])

/** False for a refusal, after which nothing was written. */
function mayHaveHappened(error: unknown): boolean {
  return !(error instanceof RepositoryError) || undecided.has(error.code)
}

function isSeparate(options: WriteOptions | SeparateOptions | undefined): options is SeparateOptions {
  return options !== undefined && 'atomic' in options && options.atomic === false
}
