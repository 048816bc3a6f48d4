import { copyValue } from '../memory/copy-value.ts'
import { Invalidations } from './invalidations.ts'
import { measureValue } from './measure-value.ts'
import { MemoryLevel, type MemoryLevelOptions } from './memory-level.ts'
import type { SecondLevel, Wanted } from './second-level.ts'

export interface ReadCacheOptions extends MemoryLevelOptions {
  /** What several processes share; see `connectRedisLevel`. Without one the cache is this process's own. */
  readonly secondLevel?: SecondLevel
}

/** Counts since the cache was made. */
export interface CacheMetrics {
  /** Answered from memory. */
  readonly hits: number
  /** Waited for a read that was under way. */
  readonly joined: number
  /** Answered by the second level. */
  readonly secondLevelHits: number
  /** Read from the source. */
  readonly misses: number
  /** Read, and not kept since it was invalidated meanwhile. */
  readonly discarded: number
  /** Kept now. */
  readonly entries: number
  /** What they take, by estimate. */
  readonly bytes: number
}

/** A value to load; only what `accepts` (all, when left out) is kept. */
export interface WantedValue extends Wanted {
  readonly accepts?: (value: unknown) => boolean
}

/**
 * Values that were read, under keys and tags. Reads of one key that meet are one read; an invalidation makes values old, those that are
 * being read included; errors and `undefined` are never kept; callers get copies.
 */
export class ReadCache {
  readonly #memory: MemoryLevel
  readonly #secondLevel: SecondLevel | undefined
  readonly #invalidations = new Invalidations()
  readonly #flights = new Map<string, Flight>()
  readonly #counts = { hits: 0, joined: 0, secondLevelHits: 0, misses: 0, discarded: 0 }

  constructor({ secondLevel, ...options }: ReadCacheOptions = {}) {
    this.#memory = new MemoryLevel(options)
    this.#secondLevel = secondLevel
    secondLevel?.listen((tags) => (tags === undefined ? this.#forgetAll() : this.#invalidations.mark(tags)))
  }

  /** The value of a key, by `read` where none is known. */
  async load<Value>(wanted: WantedValue, read: () => Promise<Value | undefined>): Promise<Value | undefined> {
    const value = await (this.#recall(wanted) ?? this.#fly([wanted], async () => [await read()]).get(wanted.key))
    // oxlint-disable-next-line typescript/consistent-type-assertions -- under one key there is only what this caller's kind has read
    return copyValue(value) as Value | undefined
  }

  /** The values of different keys; `read` answers for those of which none is known, in their order. */
  async loadMany<Value>(
    wanted: readonly WantedValue[],
    read: (missing: readonly WantedValue[]) => Promise<readonly (Value | undefined)[]>,
  ): Promise<(Value | undefined)[]> {
    const known = wanted.map((one) => this.#recall(one))
    const missing = wanted.filter((_, index) => known[index] === undefined)
    const flown = missing.length === 0 ? undefined : this.#fly(missing, read)
    const values = await Promise.all(wanted.flatMap((one, index) => known[index] ?? flown?.get(one.key) ?? []))
    // oxlint-disable-next-line typescript/consistent-type-assertions -- under one key there is only what this caller's kind has read
    return values.map(copyValue) as (Value | undefined)[]
  }

  /** Makes everything with one of these tags old: at once here, and for other processes before it resolves, where they can be reached. */
  async invalidate(tags: readonly string[]): Promise<void> {
    this.#invalidations.mark(tags)
    await this.#secondLevel?.invalidate(tags)
  }

  /** Makes everything old, in every process. */
  async clear(): Promise<void> {
    this.#forgetAll()
    await this.#secondLevel?.invalidateAll()
  }

  get metrics(): CacheMetrics {
    return { ...this.#counts, entries: this.#memory.size, bytes: this.#memory.bytes }
  }

  /** Ends the connections of the second level. */
  async close(): Promise<void> {
    this.#forgetAll()
    await this.#secondLevel?.close()
  }

  /** What is known already, or is being read. A read that began before an invalidation is not joined after it. */
  #recall({ key, tags }: WantedValue): Promise<unknown> | undefined {
    const entry = this.#memory.get(key)
    if (entry && this.#invalidations.isFresh(tags, entry.readAt)) {
      this.#counts.hits += 1
      return Promise.resolve(entry.value)
    }
    if (entry) this.#memory.delete(key)
    const flight = this.#flights.get(key)
    if (!flight || !this.#invalidations.isFresh(tags, flight.readAt)) return undefined
    this.#counts.joined += 1
    return flight.value
  }

  #fly(missing: readonly WantedValue[], read: ReadMissing): ReadonlyMap<string, Promise<unknown>> {
    const readAt = this.#invalidations.now
    const all = this.#fetch(missing, read, readAt)
    return new Map(
      missing.map(({ key }, index) => {
        const flight = { readAt, value: all.then((values) => values[index]) }
        const land = () => void (this.#flights.get(key) === flight && this.#flights.delete(key))
        this.#flights.set(key, flight)
        flight.value.then(land, land)
        return [key, flight.value]
      }),
    )
  }

  async #fetch(missing: readonly WantedValue[], read: ReadMissing, readAt: number): Promise<unknown[]> {
    const answers = (await this.#secondLevel?.read(missing)) ?? []
    const absent = missing.filter((_, index) => answers[index]?.value === undefined)
    this.#counts.secondLevelHits += missing.length - absent.length
    this.#counts.misses += absent.length
    const loaded = absent.length === 0 ? [] : await read(absent)
    const loadedByKey = new Map(absent.map(({ key }, index) => [key, loaded[index]]))
    const arrivals = missing.map((wanted, index) => {
      const { value = loadedByKey.get(wanted.key), versions, ttlMs = wanted.ttlMs } = answers[index] ?? {}
      return { wanted, value, versions, ttlMs, isLoaded: loadedByKey.has(wanted.key) }
    })
    await this.#keep(arrivals, readAt)
    return arrivals.map(({ value }) => value)
  }

  async #keep(arrivals: readonly Arrival[], readAt: number): Promise<void> {
    const toShare: Arrival[] = []
    for (const arrival of arrivals) {
      const { wanted, value } = arrival
      if (value === undefined || wanted.accepts?.(value) === false) continue
      if (!this.#invalidations.isFresh(wanted.tags, readAt)) {
        this.#counts.discarded += 1
        continue
      }
      const { bytes, isPlain } = measureValue(value)
      this.#memory.set(wanted.key, { value: copyValue(value), readAt }, { ttlMs: arrival.ttlMs, bytes })
      if (isPlain && arrival.isLoaded) toShare.push(arrival)
    }
    const shared = toShare.flatMap(({ wanted, value, versions }) => (versions ? [{ wanted, value, versions }] : []))
    if (shared.length > 0) await this.#secondLevel?.write(shared)
  }

  #forgetAll(): void {
    this.#invalidations.markAll()
    this.#memory.clear()
  }
}

/** A read under way. */
interface Flight {
  readonly readAt: number
  readonly value: Promise<unknown>
}

type ReadMissing = (missing: readonly WantedValue[]) => Promise<readonly unknown[]>

interface Arrival {
  readonly wanted: WantedValue
  readonly value: unknown
  readonly versions: readonly string[] | undefined
  readonly ttlMs: number
  /** Read from the source, not from the second level. */
  readonly isLoaded: boolean
}
