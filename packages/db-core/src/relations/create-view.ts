import type { Filter } from '../filters/filter.ts'
import type { EntityShape } from '../mixins/traits.ts'
import type { CursorPage, OffsetPage } from '../pages/page.ts'
import type { ListQuery, LockOptions, PageQuery, ReadOptions, Reader, SeekQuery, StreamOptions } from '../repository/repository.ts'
import { loadRelated } from './load-related.ts'
import { parseFields, parseInclude, type IncludeStep } from './parse-view.ts'
import type { Relations } from './relation.ts'
import type { Projection, ViewSource } from './view-source.ts'

/** What a view shows: some fields, or rows with related rows. */
export type ViewOptions = { readonly fields: unknown } | { readonly include: unknown }

/**
 * The reader behind `selecting` and `including`, on any store. What it shows is checked by each read, before any I/O, so that a view
 * can be made before the repositories that its relations lead to. `Shown` is what the caller's types make of the fields or the include.
 */
export function createView<Row, Id, Related extends Relations, Shown>(
  source: ViewSource<Row, Id, Related>,
  options: ViewOptions,
): Reader<Row, Id, Related, Shown> {
  return new View(source, options)
}

/** How many rows of a stream get their related rows together. */
const streamChunk = 500

/** What is read, and what is loaded beside it. */
interface ViewPlan {
  readonly projection: Projection
  readonly steps: readonly IncludeStep[]
}

class View<Row, Id, Related extends Relations, Shown> implements Reader<Row, Id, Related, Shown> {
  readonly #source: ViewSource<Row, Id, Related>
  readonly #options: ViewOptions

  constructor(source: ViewSource<Row, Id, Related>, options: ViewOptions) {
    this.#source = source
    this.#options = options
  }

  get entity(): EntityShape {
    return this.#source.entity
  }

  async find(id: Id, options: LockOptions = {}): Promise<Shown | undefined> {
    const plan = this.#plan()
    const row = await this.#source.find(id, { ...options, ...plan.projection })
    return row && (await this.#showOne(row, plan, options))
  }

  async get(id: Id, options: LockOptions = {}): Promise<Shown> {
    const plan = this.#plan()
    return await this.#showOne(await this.#source.get(id, { ...options, ...plan.projection }), plan, options)
  }

  async findOne(where: Filter<Row, Related>, options: LockOptions = {}): Promise<Shown | undefined> {
    const plan = this.#plan()
    const row = await this.#source.findOne(where, { ...options, ...plan.projection })
    return row && (await this.#showOne(row, plan, options))
  }

  async getOne(where: Filter<Row, Related>, options: LockOptions = {}): Promise<Shown> {
    const plan = this.#plan()
    return await this.#showOne(await this.#source.getOne(where, { ...options, ...plan.projection }), plan, options)
  }

  async getMany(ids: readonly Id[], options: LockOptions = {}): Promise<Shown[]> {
    const plan = this.#plan()
    return await this.#show(await this.#source.getMany(ids, { ...options, ...plan.projection }), plan, options)
  }

  async list(query: ListQuery<Row, Related> = {}, options: LockOptions = {}): Promise<Shown[]> {
    const plan = this.#plan()
    return await this.#show(await this.#source.list(query, { ...options, ...plan.projection }), plan, options)
  }

  async page(query: PageQuery<Row, Related> = {}, options: ReadOptions = {}): Promise<OffsetPage<Shown>> {
    const plan = this.#plan()
    const page = await this.#source.page(query, { ...options, ...plan.projection })
    return { ...page, items: await this.#show(page.items, plan, options) }
  }

  async seek(query: SeekQuery<Row, Related> = {}, options: ReadOptions = {}): Promise<CursorPage<Shown>> {
    const plan = this.#plan()
    const page = await this.#source.seek(query, { ...options, ...plan.projection })
    return { ...page, items: await this.#show(page.items, plan, options) }
  }

  async count(where?: Filter<Row, Related>, options: ReadOptions = {}): Promise<number> {
    return await this.#source.count(where, options)
  }

  async exists(where: Filter<Row, Related>, options: ReadOptions = {}): Promise<boolean> {
    return await this.#source.exists(where, options)
  }

  async *stream(query: Omit<ListQuery<Row, Related>, 'limit'> = {}, options: StreamOptions = {}): AsyncGenerator<Shown> {
    const plan = this.#plan()
    for await (const chunk of chunksOf(this.#source.stream(query, { ...options, ...plan.projection }))) {
      yield* await this.#show(chunk, plan, options)
    }
  }

  #plan(): ViewPlan {
    const { entity } = this.#source
    if ('include' in this.#options) return { projection: {}, steps: parseInclude(this.#options.include, entity) }
    return { projection: { fields: parseFields(this.#options.fields, entity) }, steps: [] }
  }

  async #show(rows: readonly object[], { steps }: ViewPlan, { tx, signal }: ReadOptions): Promise<Shown[]> {
    const shown: unknown = await loadRelated(rows, steps, this.entity, { tx, ...(signal && { signal }) })
    // oxlint-disable-next-line typescript/consistent-type-assertions -- the rows have just been made what `Shown` says of the checked options
    return shown as Shown[]
  }

  async #showOne(row: object, plan: ViewPlan, options: ReadOptions): Promise<Shown> {
    const [shown] = await this.#show([row], plan, options)
    if (shown === undefined) throw new TypeError('a row was lost while its related rows were loaded')
    return shown
  }
}

async function* chunksOf<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item[]> {
  let chunk: Item[] = []
  for await (const item of items) {
    chunk.push(item)
    if (chunk.length < streamChunk) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}
