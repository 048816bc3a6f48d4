import { LRUCache } from 'lru-cache'

export interface MemoryLevelOptions {
  /** How many values are kept; 10,000 unless said otherwise. */
  readonly maxEntries?: number
  /** How much they may take together, by estimate; 64 MiB unless said otherwise. A value larger than that is not kept. */
  readonly maxBytes?: number
  /** Milliseconds of a clock that never goes back; for tests. */
  readonly now?: () => number
}

/** A value as it was read; whoever takes it copies it. */
export interface Entry {
  readonly value: unknown
  readonly readAt: number
}

const mebibyte = 1_048_576

/** The values of this process: the least recently used go first. */
export class MemoryLevel {
  readonly #entries: LRUCache<string, Entry>

  constructor({ maxEntries = 10_000, maxBytes = 64 * mebibyte, now }: MemoryLevelOptions) {
    this.#entries = new LRUCache({ max: maxEntries, maxSize: maxBytes, ttlResolution: 0, ...(now && { perf: { now } }) })
  }

  get size(): number {
    return this.#entries.size
  }

  get bytes(): number {
    return this.#entries.calculatedSize
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key)
  }

  set(key: string, entry: Entry, { ttlMs, bytes }: { ttlMs: number; bytes: number }): void {
    this.#entries.set(key, entry, { ttl: ttlMs, size: bytes })
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }
}
