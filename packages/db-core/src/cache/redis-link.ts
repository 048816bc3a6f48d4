import { createClient, RESP_TYPES } from '@redis/client'
import type { DatabaseLogger } from '../connection/database-logger.ts'

interface RedisLinkOptions {
  readonly waitMs: number
  readonly logger: DatabaseLogger
  readonly channel: string
  readonly hear: (message: string) => void
  /** Messages are heard, for the first time or again. */
  readonly resumed: () => void
  /** Commands are answered, for the first time or again. */
  readonly restored: () => Promise<unknown>
}

interface Setting {
  readonly key: string
  readonly value: string | Buffer
  readonly ttlMs: number
}

const connectTimeoutMs = 2_000
const longestPauseMs = 1_000

/**
 * Two connections to Redis, one for commands and one that listens. Every call is answered within `waitMs`, with undefined where Redis did not;
 * after that Redis is left alone for a second. An outage is logged once, and so is its end.
 */
export class RedisLink {
  readonly #options: RedisLinkOptions
  readonly #commands: ReturnType<typeof connect>
  readonly #listener: ReturnType<typeof connect>
  readonly #ready = Promise.withResolvers<void>()
  #pausedUntil = 0
  #isDown = false
  #retry: NodeJS.Timeout | undefined

  constructor(url: string, options: RedisLinkOptions) {
    this.#options = options
    this.#commands = connect(url)
    this.#listener = connect(url)
    for (const client of [this.#commands, this.#listener]) client.on('error', (error: unknown) => this.#failed(error))
    this.#commands.on('ready', () => this.#restore())
    this.#listener.on('ready', () => void this.#subscribe())
    // Without an end to the attempts, this fails only when the link is closed first.
    for (const client of [this.#commands, this.#listener]) client.connect().catch(() => {})
  }

  get isUsable(): boolean {
    return this.#commands.isReady && performance.now() >= this.#pausedUntil
  }

  ready(): Promise<void> {
    return this.#ready.promise
  }

  get(keys: readonly string[]): Promise<(Buffer | null)[] | undefined> {
    return this.#attempt(() => this.#commands.mGet([...keys]))
  }

  /** Sets all, then sends the message. True when it is done. */
  async set(settings: readonly Setting[], message?: string): Promise<boolean> {
    const done = await this.#attempt(async () => {
      const answers: Promise<unknown>[] = settings.map(({ key, value, ttlMs }) => this.#commands.set(key, value, expiring(ttlMs)))
      if (message !== undefined) answers.push(this.#commands.publish(this.#options.channel, message))
      await Promise.all(answers)
      return true
    })
    return done ?? false
  }

  /** Sets what is missing, and answers what is there. */
  setWhereMissing(settings: readonly Setting[]): Promise<(Buffer | null)[] | undefined> {
    return this.#attempt(async () => {
      const answers = settings.map(({ key, value, ttlMs }) => this.#commands.set(key, value, { ...expiring(ttlMs), condition: 'NX' }))
      const [current] = await Promise.all([this.#commands.mGet(settings.map(({ key }) => key)), ...answers])
      return current
    })
  }

  async close(): Promise<void> {
    clearTimeout(this.#retry)
    for (const client of [this.#commands, this.#listener]) if (client.isOpen) client.destroy()
  }

  async #attempt<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    if (!this.isUsable) return undefined
    try {
      return await within(this.#options.waitMs, work())
    } catch (error) {
      this.#failed(error)
      return undefined
    }
  }

  /** Nothing of the error but its name is logged: its text may hold the address. */
  #failed(error: unknown): void {
    this.#pausedUntil = performance.now() + longestPauseMs
    if (this.#commands.isReady) this.#retryLater()
    if (this.#isDown) return
    this.#isDown = true
    const reason = error instanceof Error && 'code' in error ? error.code : error instanceof Error ? error.name : 'unknown'
    this.#options.logger.warn({ reason }, 'the second level of the cache does not answer; going on without it')
  }

  #retryLater(): void {
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.#restore(), longestPauseMs)
    this.#retry.unref()
  }

  /** After an outage, what is owed is paid; whether that works shows whether it is over. */
  #restore(): void {
    this.#pausedUntil = 0
    void this.#attempt(() => this.#commands.ping()).then(async (answer) => {
      if (answer === undefined) return
      if (this.#isDown) this.#options.logger.info({}, 'the second level of the cache answers again')
      this.#isDown = false
      await this.#options.restored()
    })
  }

  async #subscribe(): Promise<void> {
    try {
      await this.#listener.subscribe(this.#options.channel, this.#options.hear)
      this.#options.resumed()
      if (this.#commands.isReady) this.#ready.resolve()
      else this.#commands.once('ready', () => this.#ready.resolve())
    } catch (error) {
      this.#failed(error)
    }
  }
}

/** Commands of a connection that is lost fail at once instead of waiting for the next one. */
function connect(url: string) {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: {
      connectTimeout: connectTimeoutMs,
      reconnectStrategy: (retries) => Math.random() * Math.min(longestPauseMs, 50 * 2 ** retries),
    },
  })
  return client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })
}

function expiring(ttlMs: number) {
  return { expiration: { type: 'PX', value: Math.max(1, Math.ceil(ttlMs)) } } as const
}

async function within<Result>(waitMs: number, work: Promise<Result>): Promise<Result> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error('late')), waitMs)
  // What arrives late is of no use, and neither is its failure.
  work.catch(() => {})
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
