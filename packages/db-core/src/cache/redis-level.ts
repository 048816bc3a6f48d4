import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type DatabaseLogger, silentLogger } from '../connection/database-logger.ts'
import { decodeEntry, encodeEntry, type StoredEntry } from './redis-entry.ts'
import { RedisLink } from './redis-link.ts'
import type { SecondLevel, SecondLevelAnswer, Wanted } from './second-level.ts'

export interface RedisLevelOptions {
  /** Begins every key; processes with the same prefix share their values. `polystore:` unless said otherwise. */
  readonly prefix?: string
  /** How long one step waits for Redis before it goes on without; 100 ms unless said otherwise. */
  readonly waitMs?: number
  readonly logger?: DatabaseLogger
  /** Milliseconds of the clock by which processes agree how old a value is; for tests. */
  readonly now?: () => number
}

/** Versions outlive the values that carry them; one that is gone makes values old, never fresh again. */
const versionTtlMs = 24 * 3_600_000
const debtsKept = 10_000
/** The tag of everything. */
const all = '*'

/** A Redis server as second level. It connects in the background, and again after every loss. */
export function connectRedisLevel(url: string, options: RedisLevelOptions = {}): RedisLevel {
  return new RedisLevel(url, options)
}

/**
 * Values with the versions of their tags, and the versions themselves, which are random. A value is fresh while its versions are the current
 * ones. What could not be invalidated because Redis was away is owed: it is paid before Redis is read again.
 */
export class RedisLevel implements SecondLevel {
  readonly #link: RedisLink
  readonly #prefix: string
  readonly #now: () => number
  readonly #process = randomUUID()
  readonly #listeners = new Set<(tags: readonly string[] | undefined) => void>()
  #debts = new Set<string>()

  constructor(url: string, { prefix = 'polystore:', waitMs = 100, logger = silentLogger, now = Date.now }: RedisLevelOptions) {
    this.#prefix = prefix
    this.#now = now
    this.#link = new RedisLink(url, {
      waitMs,
      logger,
      channel: `${prefix}invalidated`,
      hear: (message) => this.#hear(message),
      // Whatever was said while nobody listened is unknown.
      resumed: () => this.#tell(undefined),
      restored: () => this.#payDebts(),
    })
  }

  /** Resolves when Redis answers and invalidations are heard; for tests and for starts that want to be warm. */
  ready(): Promise<void> {
    return this.#link.ready()
  }

  async read(wanted: readonly Wanted[]): Promise<readonly SecondLevelAnswer[]> {
    if (!(await this.#payDebts())) return []
    const tags = [...new Set([all, ...wanted.flatMap((one) => one.tags)])]
    const found = await this.#link.get([...wanted.map(({ key }) => this.#valueKey(key)), ...tags.map((tag) => this.#tagKey(tag))])
    if (!found) return []
    const versions = new Map(tags.map((tag, index) => [tag, found[wanted.length + index]?.toString()]))
    await this.#createVersions(versions)
    const now = this.#now()
    return wanted.map((one, index) => answerOf(one, decodeEntry(found[index]), { versions, now }))
  }

  async write(entries: readonly { wanted: Wanted; versions: readonly string[]; value: unknown }[]): Promise<void> {
    const storedAt = this.#now()
    await this.#link.set(
      entries.map(({ wanted: { key, ttlMs }, versions, value }) => ({
        key: this.#valueKey(key),
        value: encodeEntry({ versions, storedAt, value }),
        ttlMs,
      })),
    )
  }

  async invalidate(tags: readonly string[]): Promise<void> {
    for (const tag of tags) this.#debts.add(tag)
    if (this.#debts.size > debtsKept) this.#debts = new Set([all])
    await this.#payDebts()
  }

  async invalidateAll(): Promise<void> {
    await this.invalidate([all])
  }

  listen(heard: (tags: readonly string[] | undefined) => void): void {
    this.#listeners.add(heard)
  }

  async close(): Promise<void> {
    this.#listeners.clear()
    await this.#link.close()
  }

  /** Commands of one connection run in order, so a read that follows sees what was paid here. True when nothing is owed. */
  async #payDebts(): Promise<boolean> {
    const debts = [...this.#debts]
    if (debts.length === 0) return this.#link.isUsable
    this.#debts.clear()
    const version = randomUUID()
    const versions = debts.map((tag) => ({ key: this.#tagKey(tag), value: version, ttlMs: versionTtlMs }))
    const tags = debts.includes(all) ? undefined : debts
    const paid = await this.#link.set(versions, JSON.stringify({ from: this.#process, tags }))
    if (!paid) for (const tag of debts) this.#debts.add(tag)
    return paid
  }

  /** A missing version is made, whoever makes it first. */
  async #createVersions(versions: Map<string, string | undefined>): Promise<void> {
    const missing = [...versions].filter(([, version]) => version === undefined).map(([tag]) => tag)
    if (missing.length === 0) return
    const created = missing.map((tag) => ({ key: this.#tagKey(tag), value: randomUUID(), ttlMs: versionTtlMs }))
    const current = await this.#link.setWhereMissing(created)
    for (const [index, tag] of missing.entries()) versions.set(tag, current?.[index]?.toString())
  }

  #hear(message: string): void {
    const heard = invalidation.safeParse(parseJson(message))
    if (heard.success && heard.data.from !== this.#process) this.#tell(heard.data.tags)
  }

  #tell(tags: readonly string[] | undefined): void {
    for (const listener of this.#listeners) listener(tags)
  }

  #valueKey(key: string): string {
    return `${this.#prefix}value:${key}`
  }

  #tagKey(tag: string): string {
    return `${this.#prefix}version:${tag}`
  }
}

const invalidation = z.object({ from: z.string(), tags: z.array(z.string()).optional() })

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function answerOf(
  { tags, ttlMs }: Wanted,
  entry: StoredEntry | undefined,
  current: { versions: ReadonlyMap<string, string | undefined>; now: number },
): SecondLevelAnswer {
  const versions = [all, ...tags].map((tag) => current.versions.get(tag))
  const known = versions.filter((version) => version !== undefined)
  if (known.length < versions.length) return {}
  const leftMs = entry === undefined ? 0 : Math.min(ttlMs, entry.storedAt + ttlMs - current.now)
  const isFresh =
    leftMs > 0 && entry?.versions.length === known.length && known.every((version, index) => entry.versions[index] === version)
  return isFresh ? { value: entry.value, ttlMs: leftMs } : { versions: known }
}
