import type { Filter } from '../filters/filter.ts'
import type { Relations } from '../relations/relation.ts'
import type { ReadOptions, Repository, WriteOptions } from '../repository/repository.ts'
import { collect } from './harness.ts'

/** The row that calls are aimed at, and what they write. */
export interface Aim<Row, Create, Patch, Related extends Relations> {
  readonly id: string
  /** Selects the row alone. */
  readonly where: Filter<Row, Related>
  /** A new row that is in nobody's way. */
  readonly fresh: () => Create
  readonly patch: Patch
  readonly amounts: Partial<Record<keyof Row & string, number>>
  readonly uniqueKey: readonly (keyof Row & string)[]
  readonly shown: keyof Row & string
}

export type Method = Exclude<keyof Repository<object, string, object, object>, 'entity'>

/** A call of one method. Without options it is a call of its own. */
export type Call = (options?: ReadOptions & WriteOptions) => Promise<unknown>

/** One call of each method, aimed at one row. A method of the contract without a call here does not compile. */
export function everyMethod<Row extends object, Create, Patch, Related extends Relations>(
  repository: Repository<Row, string, Create, Patch, Related>,
  { id, where, fresh, patch, amounts, uniqueKey, shown }: Aim<Row, Create, Patch, Related>,
): Record<Method, Call> {
  return {
    find: (options) => repository.find(id, options),
    get: (options) => repository.get(id, options),
    findOne: (options) => repository.findOne(where, options),
    getOne: (options) => repository.getOne(where, options),
    getMany: (options) => repository.getMany([id], options),
    list: (options) => repository.list({ where }, options),
    page: (options) => repository.page({ where }, options),
    seek: (options) => repository.seek({ where }, options),
    count: (options) => repository.count(where, options),
    exists: (options) => repository.exists(where, options),
    stream: (options) => collect(repository.stream({ where }, options)),
    selecting: (options) => repository.selecting([shown]).list({ where }, options),
    including: (options) => repository.including({}).list({ where }, options),
    create: (options) => repository.create(fresh(), options),
    createMany: (options) => repository.createMany([fresh(), fresh()], options),
    update: (options) => repository.update(id, patch, options),
    updateMany: (options) => repository.updateMany(where, patch, options),
    upsert: (options) => repository.upsert(fresh(), uniqueKey, options),
    upsertMany: (options) => repository.upsertMany([fresh(), fresh()], uniqueKey, options),
    increment: (options) => repository.increment(id, amounts, options),
    delete: (options) => repository.delete(id, options),
    deleteMany: (options) => repository.deleteMany(where, options),
    softDelete: (options) => repository.softDelete(id, options),
    restore: (options) => repository.restore(id, options),
    purge: (options) => repository.purge(id, options),
  } satisfies Record<Method, Call>
}

/** The call of one method by its name. */
export function callOf(calls: Readonly<Record<string, Call>>, method: string): Call {
  const call = calls[method]
  if (call === undefined) throw new Error(`there is no call of ${method}`)
  return call
}
