/** A value that is asked for, and what it depends on. */
export interface Wanted {
  readonly key: string
  /** An invalidation of any of these makes the value old. */
  readonly tags: readonly string[]
  /** How long the value may be used at most, in milliseconds. */
  readonly ttlMs: number
}

/** What the second level knows of one value. */
export interface SecondLevelAnswer {
  /** Undefined when it has none that is fresh. */
  readonly value?: unknown
  /** How long the value may still be used. */
  readonly ttlMs?: number
  /** The versions of the tags before the value is read elsewhere; undefined when nothing can be stored. */
  readonly versions?: readonly string[]
}

/** A cache that several processes share. None of its methods rejects: where it fails, it has nothing. */
export interface SecondLevel {
  read(wanted: readonly Wanted[]): Promise<readonly SecondLevelAnswer[]>
  /** Kept under the versions that were seen before the value was read, so that it is not found once any of them has changed. */
  write(entries: readonly { readonly wanted: Wanted; readonly versions: readonly string[]; readonly value: unknown }[]): Promise<void>
  /** Makes everything with these tags old, here and in the other processes. */
  invalidate(tags: readonly string[]): Promise<void>
  invalidateAll(): Promise<void>
  /** Hears what other processes invalidate: tags, or undefined for everything. */
  listen(heard: (tags: readonly string[] | undefined) => void): void
  close(): Promise<void>
}
