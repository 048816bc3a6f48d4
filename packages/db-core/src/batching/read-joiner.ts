import { Joiner } from './joiner.ts'

/** Reads rows by their keys; keys without a row are missing in the answer. Called with one key for a lone call. */
export type FetchRows<Raw> = (keys: readonly string[]) => Promise<ReadonlyMap<string, Raw>>

/**
 * Joins concurrent reads by key into one statement. The cost: a call shares the fate of its batch, so an error of the
 * database is the error of every call in it, and at most two batches of one repository are under way at once.
 * Raw rows are shared between calls; each decodes its own.
 */
export class ReadJoiner<Raw> {
  readonly #joiner: Joiner<readonly string[], ReadonlyMap<string, Raw>>

  constructor({ maxWaitMs }: { readonly maxWaitMs: number }) {
    this.#joiner = new Joiner({ maxSize: 256, smallestShare: 8, maxInFlight: 2, maxWaitMs })
  }

  /**
   * The rows of a batch that holds `keys`; it may hold others too, so pick by key.
   * `group` names everything else that the statement depends on: scope, tenant, projection.
   */
  read(group: string, keys: readonly string[], fetch: FetchRows<Raw>): Promise<ReadonlyMap<string, Raw>> {
    return this.#joiner.join(group, keys, keys.length, async (calls) => {
      const [first] = calls
      const rows = await fetch(first !== undefined && calls.length === 1 ? first.item : distinctKeys(calls))
      for (const call of calls) call.resolve(rows)
    })
  }
}

function distinctKeys(calls: readonly { readonly item: readonly string[] }[]): string[] {
  const keys = new Set<string>()
  for (const { item } of calls) for (const key of item) keys.add(key)
  return [...keys]
}
