import { MongoClient, type ClientSession, type Collection, type Db, type DbOptions } from 'mongodb'
import { setTimeout as delay } from 'node:timers/promises'
import type { DatabaseLogger } from '../connection/database-logger.ts'
import { InvalidValueError, RepositoryError, UnsupportedError } from '../errors/repository-error.ts'
import { maskUrl } from '../masking/mask-url.ts'
import { waitUntil } from '../repository/retry.ts'
import type { Database, DatabaseHealth, Transaction, TransactionOptions } from '../repository/transaction.ts'
import {
  requireNoTransaction,
  requireSameStore,
  requireStore,
  runAfterCommit,
  runAfterUnknown,
  runUnitOfWork,
} from '../repository/unit-of-work.ts'
import type { CollectionDefinition, DocumentOf } from './mongo-collection.ts'
import { MongoDeadlines } from './mongo-deadlines.ts'
import { translateMongoError, translateMongoErrors } from './mongo-errors.ts'
import { MongoPoolGauge } from './mongo-pool-gauge.ts'
import type { PlanOptions } from './mongo-index-plan.ts'
import { reconcileCollections, type ReconcileReport } from './mongo-reconcile.ts'
import { callDeadlineMs, driverOptions, resolveSettings, type MongoOptions, type MongoSettings } from './mongo-settings.ts'
import { OpenMongoTransaction, runMongoTransaction, type MongoTransaction } from './mongo-transaction.ts'

/** What every driver call is given: its limits, and its session when it belongs to a transaction. */
export interface CallOptions {
  readonly maxTimeMS: number
  /** Ends the call at its deadline; missing where only the caller is freed. */
  readonly signal?: AbortSignal
  readonly session?: ClientSession
}

/** A handle on one database of one replica set. Lazy: nothing is opened before the first call. */
export interface MongoDatabase extends Database<MongoTransaction> {
  readonly name: string
  /** The driver's database, for what db-core has no word for; wrap its calls in translateMongoErrors. */
  readonly driver: Db
  /** The same for reads alone: without a write concern, since driver 7.9 deletes it from the options of each find, which makes them slow to copy. */
  readonly readingDriver: Db
  readonly logger: DatabaseLogger
  readonly cursorSecret: string | undefined
  now(): Date
  /** Milliseconds that a call may wait for its turn before it is Unavailable. */
  readonly maxWaitMs: number
  /** The driver's collection of documents, for custom queries; wrap them in `run`. */
  collection<Definition extends CollectionDefinition>(definition: Definition): Collection<DocumentOf<Definition>>
  /** Runs one driver call with its limits, inside `tx` if one is given, and translates its errors. */
  run<Result>(call: (options: CallOptions) => Promise<Result>, context?: RunContext): Promise<Result>
  /** Creates collections, validators and indexes that are missing; reports foreign indexes and leaves them. @throws ConflictError */
  prepare(definitions: readonly CollectionDefinition[], options?: PlanOptions): Promise<ReconcileReport>
  /** Pings with growing pauses until the database answers. @throws the last failure after `timeoutMs` (30,000) */
  waitUntilReady(options?: { timeoutMs?: number; signal?: AbortSignal }): Promise<void>
}

export interface RunContext {
  readonly tx?: Transaction | undefined
  readonly entity?: string
  /** The call changes nothing, so past its deadline it may end by itself: cheaper than a signal that the driver has to watch. */
  readonly reads?: boolean
}

/**
 * A handle on the database that the URL names; it opens connections when they are needed.
 * @throws InvalidValueError for a URL that cannot be understood or names no database
 */
export function connectMongo(url: string, options: MongoOptions = {}): MongoDatabase {
  const settings = resolveSettings(options)
  const database = new ConnectedMongoDatabase(createClient(url, settings), settings)
  settings.logger.info({ url: maskUrl(url), poolSize: settings.poolSize }, 'MongoDB configured')
  return database
}

function createClient(url: string, settings: MongoSettings): MongoClient {
  if (!namesDatabase.test(url)) throw new InvalidValueError('The MongoDB URL names no database.')
  try {
    return new MongoClient(url, driverOptions(settings))
  } catch {
    // The driver's message can repeat parts of the URL, so it goes no further.
    throw new InvalidValueError('The MongoDB URL cannot be understood.')
  }
}

/** The driver would fall back to a database named `test`. */
const namesDatabase = /^mongodb(?:\+srv)?:\/\/[^/]+\/[^/?]+/

const closeWaitMs = 5000
const healthTimeoutMs = 2000
/** A server that cannot be found is reported as such before the ping itself runs out of time. */
const pingMarginMs = 500

/** A setting that is there, so that the client's does not come through, and says nothing; the driver's types know no such thing. */
const withoutWriteConcern: DbOptions = Object.fromEntries([['writeConcern', undefined]])

class ConnectedMongoDatabase implements MongoDatabase {
  readonly driver: Db
  readonly readingDriver: Db
  readonly name: string
  readonly logger: DatabaseLogger
  readonly cursorSecret: string | undefined
  readonly maxWaitMs: number
  readonly #client: MongoClient
  readonly #settings: MongoSettings
  readonly #gauge: MongoPoolGauge
  readonly #deadlines: MongoDeadlines
  readonly #limits: CallOptions
  #connected = false

  constructor(client: MongoClient, settings: MongoSettings) {
    this.#client = client
    this.#settings = settings
    this.#deadlines = new MongoDeadlines(callDeadlineMs(settings))
    this.#limits = Object.freeze({ maxTimeMS: settings.statementTimeoutMs })
    this.#gauge = new MongoPoolGauge(client, settings.poolSize)
    this.driver = client.db()
    this.readingDriver = client.db(undefined, withoutWriteConcern)
    this.name = this.driver.databaseName
    this.logger = settings.logger
    this.cursorSecret = settings.cursorSecret
    this.maxWaitMs = settings.waitQueueTimeoutMs
  }

  now(): Date {
    return this.#settings.clock()
  }

  collection<Definition extends CollectionDefinition>(definition: Definition): Collection<DocumentOf<Definition>> {
    return this.driver.collection<DocumentOf<Definition>>(definition.name)
  }

  /** Every read and write comes through here, so it is kept short: each further promise would cost every call. */
  async run<Result>(call: (options: CallOptions) => Promise<Result>, { tx, entity, reads }: RunContext = {}): Promise<Result> {
    try {
      if (tx) return await this.#runIn(this.#join(tx), call)
      requireNoTransaction(this)
      if (!this.#connected) await this.#connect()
      if (reads) return await this.#deadlines.bound(call(this.#limits))
      return await call({ ...this.#limits, signal: this.#deadlines.signal() })
    } catch (error) {
      throw translateMongoError(error, entity)
    }
  }

  async ping(): Promise<void> {
    await this.#ping(this.#settings.connectTimeoutMs + pingMarginMs)
  }

  async health(): Promise<DatabaseHealth> {
    const startedAt = performance.now()
    try {
      await this.#ping(healthTimeoutMs)
      return { ok: true, latencyMs: performance.now() - startedAt, pool: this.#gauge.read() }
    } catch (error) {
      return { ok: false, reason: error instanceof RepositoryError ? error.message : 'The database cannot be asked' }
    }
  }

  async waitUntilReady(options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<void> {
    await waitUntil(() => this.ping(), { timeoutMs: 30_000, ...options })
  }

  async transaction<Result>(work: (tx: MongoTransaction) => Promise<Result>, options: TransactionOptions = {}): Promise<Result> {
    const report = () => this.logger.error({ database: this.name }, 'Work for after a commit failed')
    const { result, hooks } = await runUnitOfWork(this, 'mongo', async () => {
      await translateMongoErrors(() => this.#connect())
      return await runMongoTransaction(this.#client, { work, onUnknown: (unsure) => runAfterUnknown(unsure, report) }, options)
    })
    await runAfterCommit(hooks, report)
    return result
  }

  async prepare(definitions: readonly CollectionDefinition[], options?: PlanOptions): Promise<ReconcileReport> {
    return await translateMongoErrors(async () => {
      await this.#connect()
      return await reconcileCollections(this, definitions, options)
    })
  }

  async close(): Promise<void> {
    await Promise.race([this.#client.close(), delay(closeWaitMs, undefined, { ref: false })])
  }

  /** The driver reconnects by itself once it has been connected; a failed first attempt it does not repeat. */
  async #connect(): Promise<void> {
    if (this.#connected) return
    await this.#client.connect()
    this.#connected = true
  }

  async #ping(timeoutMs: number): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs)
    await translateMongoErrors(async () => {
      await orAbort(this.#connect(), signal)
      await this.driver.command({ ping: 1, maxTimeMS: timeoutMs }, { signal })
    })
  }

  #join(tx: Transaction): OpenMongoTransaction {
    requireStore(tx, 'mongo')
    requireSameStore(this)
    if (tx instanceof OpenMongoTransaction && tx.client === this.#client) return tx
    throw new UnsupportedError('The transaction belongs to another database.')
  }

  #runIn<Result>(tx: OpenMongoTransaction, call: (options: CallOptions) => Promise<Result>): Promise<Result> {
    return tx.inTurn(() => call({ ...this.#limits, signal: tx.signal, session: tx.session }))
  }
}

async function orAbort<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>()
  signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  return await Promise.race([work, promise])
}
