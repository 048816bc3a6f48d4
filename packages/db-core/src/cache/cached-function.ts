import { insideTransaction } from '../repository/unit-of-work.ts'
import { ReadCache } from './read-cache.ts'

/** In a cache that others use too, the name keeps the keys apart; two functions of one name share their values. */
export type CachedFunctionOptions<Args extends readonly unknown[]> = {
  /** Calls with the same key have the same answer. */
  readonly key: (...args: Args) => string
  readonly ttlMs: number
} & ({ readonly cache: ReadCache; readonly name: string } | { readonly cache?: undefined; readonly name?: string })

export interface CachedFunction<Args extends readonly unknown[], Value> {
  (...args: Args): Promise<Value>
  /** Forgets the answer to one call. */
  invalidate(...args: Args): Promise<void>
  /** Forgets every answer. */
  clear(): Promise<void>
}

/**
 * The same function with a memory: calls of one key that meet are one call, and its answer stands for `ttlMs`. Answers are plain data, and
 * each caller has a copy; errors and `undefined` are not kept. Inside a transaction the function itself is called.
 */
export function cachedFunction<Args extends readonly unknown[], Value>(
  fn: (...args: Args) => Promise<Value>,
  { key, ttlMs, cache = new ReadCache(), name = 'function' }: CachedFunctionOptions<Args>,
): CachedFunction<Args, Value> {
  const everything = `function ${name}`
  const tagOf = (args: Args) => JSON.stringify([everything, key(...args)])
  const call = async (...args: Args): Promise<Value> => {
    if (insideTransaction()) return await fn(...args)
    const tag = tagOf(args)
    const value = await cache.load({ key: tag, tags: [everything, tag], ttlMs }, () => fn(...args))
    // oxlint-disable-next-line typescript/consistent-type-assertions -- undefined only where the function answered so, and then it is a Value
    return value as Value
  }
  return Object.assign(call, {
    invalidate: (...args: Args) => cache.invalidate([tagOf(args)]),
    clear: () => cache.invalidate([everything]),
  })
}
