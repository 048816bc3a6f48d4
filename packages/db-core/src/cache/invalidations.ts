const tagsKept = 10_000

/**
 * What has been invalidated, and when, by a clock that counts invalidations. A value that was read at a tick is fresh while none of its
 * tags was invalidated after it; so what was read before a write and arrives after it is known to be old. Memory is bounded: the oldest
 * tags are forgotten, and whatever was read before they were invalidated counts as old.
 */
export class Invalidations {
  readonly #tagsKept: number
  readonly #ticks = new Map<string, number>()
  #now = 0
  #floor = 0

  constructor(limit = tagsKept) {
    this.#tagsKept = limit
  }

  /** The tick at which a value that is read from now on counts as read. */
  get now(): number {
    return this.#now
  }

  isFresh(tags: readonly string[], readAt: number): boolean {
    return readAt >= this.#floor && tags.every((tag) => (this.#ticks.get(tag) ?? 0) <= readAt)
  }

  mark(tags: readonly string[]): void {
    this.#now += 1
    for (const tag of tags) {
      this.#ticks.delete(tag)
      this.#ticks.set(tag, this.#now)
    }
    this.#forget()
  }

  markAll(): void {
    this.#now += 1
    this.#floor = this.#now
    this.#ticks.clear()
  }

  #forget(): void {
    for (const [tag, tick] of this.#ticks) {
      if (this.#ticks.size <= this.#tagsKept) return
      this.#ticks.delete(tag)
      this.#floor = Math.max(this.#floor, tick)
    }
  }
}
