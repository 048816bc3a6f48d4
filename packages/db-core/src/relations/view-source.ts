import type { Filter } from '../filters/filter.ts'
import type { EntityShape } from '../mixins/traits.ts'
import type { CursorPage, OffsetPage } from '../pages/page.ts'
import type { ListQuery, LockOptions, PageQuery, ReadOptions, SeekQuery, StreamOptions } from '../repository/repository.ts'
import type { NoRelations, Relations } from './relation.ts'

export interface Projection {
  /** Known field names; the key is read besides them. All fields when left out. */
  readonly fields?: readonly string[]
}

/** What a view reads through: the reads of a store, which can also be told which fields to show. */
export interface ViewSource<Row, Id, Related extends Relations = NoRelations> {
  readonly entity: EntityShape
  find(id: Id, options: LockOptions & Projection): Promise<object | undefined>
  get(id: Id, options: LockOptions & Projection): Promise<object>
  findOne(where: Filter<Row, Related>, options: LockOptions & Projection): Promise<object | undefined>
  getOne(where: Filter<Row, Related>, options: LockOptions & Projection): Promise<object>
  getMany(ids: readonly Id[], options: LockOptions & Projection): Promise<object[]>
  list(query: ListQuery<Row, Related>, options: LockOptions & Projection): Promise<object[]>
  page(query: PageQuery<Row, Related>, options: ReadOptions & Projection): Promise<OffsetPage<object>>
  seek(query: SeekQuery<Row, Related>, options: ReadOptions & Projection): Promise<CursorPage<object>>
  count(where: Filter<Row, Related> | undefined, options: ReadOptions): Promise<number>
  exists(where: Filter<Row, Related>, options: ReadOptions): Promise<boolean>
  stream(query: Omit<ListQuery<Row, Related>, 'limit'>, options: StreamOptions & Projection): AsyncIterable<object>
}
