import { NotFoundError } from '../errors/repository-error.ts'
import type { Filter } from '../filters/filter.ts'
import { copyValue } from '../memory/copy-value.ts'
import type { EntityShape } from '../mixins/traits.ts'
import type { CursorPage, OffsetPage } from '../pages/page.ts'
import { parseFields } from '../relations/parse-view.ts'
import type { Relations } from '../relations/relation.ts'
import { abortable } from '../repository/abort.ts'
import type { ListQuery, LockOptions, PageQuery, ReadOptions, Reader, SeekQuery, StreamOptions } from '../repository/repository.ts'
import { insideTransaction } from '../repository/unit-of-work.ts'
import { type EntityCache, keyText, type QueryParts, type Shape } from './entity-cache.ts'
import type { ReadCache } from './read-cache.ts'

/** What a cached reader reads from, and where it remembers. */
export interface CachedSource<Row, Id, Related extends Relations, Shown> {
  readonly source: Reader<Row, Id, Related, Shown>
  readonly cache: ReadCache
  readonly entries: EntityCache
  /** What `source` shows; all fields when left out. */
  readonly fields?: unknown
}

/**
 * The reading half with a memory. Reads that join a transaction, run inside one, take a lock or ask about related rows go to the source, and
 * so do streams.
 */
export class CachedReader<Row, Id, Related extends Relations, Shown extends object> implements Reader<Row, Id, Related, Shown> {
  readonly #source: Reader<Row, Id, Related, Shown>
  readonly #cache: ReadCache
  readonly #entries: EntityCache
  readonly #fields: unknown

  constructor({ source, cache, entries, fields }: CachedSource<Row, Id, Related, Shown>) {
    this.#source = source
    this.#cache = cache
    this.#entries = entries
    this.#fields = fields
  }

  get entity(): EntityShape {
    return this.#source.entity
  }

  async find(id: Id, options: LockOptions = {}): Promise<Shown | undefined> {
    if (bypasses(options)) return await this.#source.find(id, options)
    return await abortably(options, () =>
      this.#cache.load(this.#entries.row(id, this.#shape(options)), () => this.#source.find(id, withoutSignal(options))),
    )
  }

  async get(id: Id, options: LockOptions = {}): Promise<Shown> {
    if (bypasses(options)) return await this.#source.get(id, options)
    return (await this.find(id, options)) ?? this.#missing()
  }

  async findOne(where: Filter<Row, Related>, options: LockOptions = {}): Promise<Shown | undefined> {
    return await this.#query('one', { where }, options, ({ where: asked }, plain) => this.#source.findOne(asked, plain))
  }

  async getOne(where: Filter<Row, Related>, options: LockOptions = {}): Promise<Shown> {
    if (bypasses(options)) return await this.#source.getOne(where, options)
    return (await this.findOne(where, options)) ?? this.#missing()
  }

  async getMany(ids: readonly Id[], options: LockOptions = {}): Promise<Shown[]> {
    if (bypasses(options)) return await this.#source.getMany(ids, options)
    return await abortably(options, () => this.#rows([...new Set(ids)], options))
  }

  async list(query: ListQuery<Row, Related> = {}, options: LockOptions = {}): Promise<Shown[]> {
    return await this.#query('list', query, options, (asked, plain) => this.#source.list(asked, plain))
  }

  async page(query: PageQuery<Row, Related> = {}, options: ReadOptions = {}): Promise<OffsetPage<Shown>> {
    return await this.#query('page', query, options, (asked, plain) => this.#source.page(asked, plain))
  }

  async seek(query: SeekQuery<Row, Related> = {}, options: ReadOptions = {}): Promise<CursorPage<Shown>> {
    return await this.#query('seek', query, options, (asked, plain) => this.#source.seek(asked, plain))
  }

  async count(where?: Filter<Row, Related>, options: ReadOptions = {}): Promise<number> {
    return await this.#query('count', { where }, options, ({ where: asked }, plain) => this.#source.count(asked, plain))
  }

  async exists(where: Filter<Row, Related>, options: ReadOptions = {}): Promise<boolean> {
    return await this.#query('exists', { where }, options, ({ where: asked }, plain) => this.#source.exists(asked, plain))
  }

  stream(query: Omit<ListQuery<Row, Related>, 'limit'> = {}, options: StreamOptions = {}): AsyncIterable<Shown> {
    return this.#source.stream(query, options)
  }

  /** The query is copied first: what the caller changes afterwards would otherwise be read under the key of what was asked. */
  async #query<Query extends QueryParts, Answer>(
    kind: string,
    query: Query,
    options: LockOptions,
    read: (query: Query, options: LockOptions) => Promise<Answer>,
  ): Promise<Answer> {
    const wanted = bypasses(options) ? undefined : this.#entries.query(kind, query, this.#shape(options))
    if (wanted === undefined) return await read(query, options)
    // oxlint-disable-next-line typescript/consistent-type-assertions -- a copy has the type of what was copied
    const asked = copyValue(query) as Query
    const answer = await abortably(options, () => this.#cache.load(wanted, () => read(asked, withoutSignal(options))))
    // oxlint-disable-next-line typescript/consistent-type-assertions -- undefined only where the source answered so
    return answer as Answer
  }

  async #rows(ids: readonly Id[], options: LockOptions): Promise<Shown[]> {
    const shape = this.#shape(options)
    const asked = ids.map((id) => ({ id, wanted: this.#entries.row(id, shape) }))
    const rows = await this.#cache.loadMany(
      asked.map(({ wanted }) => wanted),
      (missing) => {
        const keys = new Set(missing.map(({ key }) => key))
        return this.#readRows(
          asked.filter(({ wanted }) => keys.has(wanted.key)).map(({ id }) => id),
          options,
        )
      },
    )
    const { keyField } = this.entity
    return [...new Map(rows.filter((row) => row !== undefined).map((row) => [keyText(row, keyField), row])).values()]
  }

  /** The rows of the ids, each in its place; an id may be spelt in other letters than its row spells it. */
  async #readRows(ids: readonly Id[], options: LockOptions): Promise<(Shown | undefined)[]> {
    const rows = await this.#source.getMany(ids, withoutSignal(options))
    const exact = new Map(rows.map((row) => [keyText(row, this.entity.keyField), row]))
    const alike = new Map(rows.map((row) => [keyText(row, this.entity.keyField).toLowerCase(), row]))
    return ids.map((id) => exact.get(String(id)) ?? alike.get(String(id).toLowerCase()))
  }

  #shape({ scope }: ReadOptions): Shape {
    return { scope, fields: this.#fields === undefined ? undefined : parseFields(this.#fields, this.entity) }
  }

  #missing(): never {
    const { name } = this.entity
    throw new NotFoundError(`There is no such row in ${name}.`, { entity: name })
  }
}

function bypasses({ tx, lock, onLocked }: LockOptions): boolean {
  return tx !== undefined || lock !== undefined || onLocked !== undefined || insideTransaction()
}

/** Other callers may wait for the same read, so one of them cannot end it. */
function withoutSignal<Options extends ReadOptions>({ signal: _signal, ...options }: Options): Omit<Options, 'signal'> {
  return options
}

async function abortably<Result>({ signal }: ReadOptions, work: () => Promise<Result>): Promise<Result> {
  const result = await abortable(signal, work)
  signal?.throwIfAborted()
  return result
}
