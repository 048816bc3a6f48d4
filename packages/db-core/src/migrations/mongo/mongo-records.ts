import { setTimeout as delay } from 'node:timers/promises'
import { SerializationError } from '../../errors/repository-error.ts'
import type { MongoDatabase } from '../../mongo/mongo-database.ts'
import type { MongoLease } from '../../mongo/mongo-lease.ts'
import { isServerError, structureCommand } from '../../mongo/mongo-structure-command.ts'
import type { MongoTransaction } from '../../mongo/mongo-transaction.ts'
import { translateMongoErrors } from '../../mongo/mongo-errors.ts'
import type { Catalog, CatalogDifference } from '../catalog/catalog.ts'
import type { Migration } from '../store/migration.ts'
import type { HistoryEntry, MigrationRecord } from '../store/migration-store.ts'
import {
  recordCollectionNames,
  recordCollections,
  type RecordCollections,
  type RecordDocument,
  type RelaxedValidator,
  type StepDocument,
} from './mongo-record-documents.ts'

const namespaceExists = 48
/** Within the time that a server gives a transaction by itself. Milliseconds. */
const transactionTimeoutMs = 55_000
/** A server ends a transaction after a minute. Milliseconds. */
const lockedMs = 75_000
const pauseMs = 500

/** The recorded catalog, and since when indexes of it are hidden. */
export interface RecordedFacts {
  readonly catalog: Catalog | undefined
  readonly hiddenAt: ReadonlyMap<string, Date>
}

/** A document of the history without what is known to all of a run. */
export type Happening = Omit<HistoryEntry, 'at' | 'by' | 'durationMs'> & { readonly durationMs?: number }

/** Reads and writes db-core's own collections; every write belongs to the holder of the lease. */
export class MongoRecords {
  readonly #database: MongoDatabase
  readonly #collections: RecordCollections
  readonly #by: string
  readonly #lease: () => MongoLease

  constructor(database: MongoDatabase, by: string, lease: () => MongoLease) {
    this.#database = database
    this.#collections = recordCollections(database)
    this.#by = by
    this.#lease = lease
  }

  async create(): Promise<void> {
    for (const name of recordCollectionNames) {
      await translateMongoErrors(async () => {
        try {
          await structureCommand(this.#database, { create: name })
        } catch (error) {
          if (!isServerError(error, namespaceExists)) throw error
        }
      })
    }
  }

  /**
   * A transaction of the present run; it cannot be committed once another run has taken over. Rows that others write to are tried
   * again for `patienceMs`: a run that was killed keeps its rows locked until the server ends its transaction.
   */
  async write<Result>(work: (tx: MongoTransaction) => Promise<Result>, patienceMs = lockedMs): Promise<Result> {
    const fenced = async (tx: MongoTransaction) => {
      const result = await work(tx)
      await this.#lease().fence(tx)
      return result
    }
    const endsAt = performance.now() + patienceMs
    for (;;) {
      try {
        return await this.#database.transaction(fenced, { timeoutMs: transactionTimeoutMs, retries: 5 })
      } catch (error) {
        if (!(error instanceof SerializationError) || performance.now() > endsAt) throw error
        await delay(pauseMs, undefined, { signal: this.#lease().signal })
      }
    }
  }

  async read(): Promise<RecordDocument[]> {
    return this.#database.run((call) => this.#collections.records.find({}, { ...call, sort: { _id: 1 } }).toArray())
  }

  async find(name: string): Promise<RecordDocument | undefined> {
    return (await this.#database.run((call) => this.#collections.records.findOne({ _id: name }, call))) ?? undefined
  }

  async readFacts(): Promise<RecordedFacts> {
    const found = await this.#database.run((call) => this.#collections.facts.find({}, { ...call, sort: { _id: 1 } }).toArray())
    const hidden = found.flatMap(({ _id, hiddenAt }): [string, Date][] => (hiddenAt === undefined ? [] : [[_id, hiddenAt]]))
    const catalog = found.length === 0 ? undefined : Object.fromEntries(found.map(({ _id, fact }) => [_id, fact]))
    return { catalog, hiddenAt: new Map(hidden) }
  }

  async readHistory(limit: number): Promise<HistoryEntry[]> {
    const found = await this.#database.run((call) =>
      this.#collections.history.find({}, { ...call, sort: { _id: -1 }, limit, projection: { _id: 0 } }).toArray(),
    )
    return found.map(({ event, name, at, by, durationMs, detail }) => ({ event, name, at, by, durationMs, ...(detail && { detail }) }))
  }

  async begin({ name, checksum, contract }: Migration, begun: Pick<RecordDocument, 'state' | 'before'>): Promise<void> {
    const record = { checksum, ...this.#stamp(), ...(contract !== undefined && { contract }), ...begun, steps: [] }
    await this.write((tx) => this.#replace(tx, { _id: name, ...record }))
  }

  async writeRelaxed(name: string, relaxed: readonly RelaxedValidator[]): Promise<void> {
    const update = relaxed.length > 0 ? { $set: { relaxed } } : { $unset: { relaxed: '' as const } }
    await this.write((tx) => this.#database.run((call) => this.#collections.records.updateOne({ _id: name }, update, call), { tx }))
  }

  async writeSteps(tx: MongoTransaction, name: string, steps: readonly StepDocument[]): Promise<void> {
    await this.#database.run((call) => this.#collections.records.updateOne({ _id: name }, { $set: { steps } }, call), { tx })
  }

  async writeApplied(tx: MongoTransaction, { name, checksum, contract }: Migration): Promise<void> {
    const record = { checksum, ...this.#stamp(), ...(contract !== undefined && { contract }), state: 'applied' as const }
    await this.#replace(tx, { _id: name, ...record })
  }

  async accept(tx: MongoTransaction, { name, checksum }: Migration): Promise<void> {
    await this.#database.run((call) => this.#collections.records.updateOne({ _id: name }, { $set: { checksum } }, call), { tx })
  }

  async erase(tx: MongoTransaction, name: string): Promise<void> {
    await this.#database.run((call) => this.#collections.records.deleteOne({ _id: name }, call), { tx })
  }

  async addHistory(tx: MongoTransaction, { durationMs = 0, ...happening }: Happening): Promise<void> {
    const entry = { ...happening, at: new Date(), by: this.#by, durationMs: Math.round(durationMs) }
    await this.#database.run((call) => this.#collections.history.insertOne(entry, call), { tx })
  }

  /** Makes the changes in the recorded catalog; `hiddenAt` is kept only for the objects that it names. */
  async changeFacts(
    tx: MongoTransaction,
    differences: readonly CatalogDifference[],
    hiddenAt: ReadonlyMap<string, Date | undefined> = new Map(),
  ): Promise<void> {
    const facts = differences.map(({ object, found }) =>
      found === undefined
        ? { deleteOne: { filter: { _id: object } } }
        : { updateOne: { filter: { _id: object }, update: { $set: { fact: found } }, upsert: true } },
    )
    const times = [...hiddenAt].map(([object, at]) => ({
      updateOne: { filter: { _id: object }, update: at ? { $set: { hiddenAt: at } } : { $unset: { hiddenAt: '' as const } } },
    }))
    const writes = [...facts, ...times]
    if (writes.length === 0) return
    await this.#database.run((call) => this.#collections.facts.bulkWrite(writes, { ...call, ordered: true }), { tx })
  }

  async #replace(tx: MongoTransaction, record: RecordDocument): Promise<void> {
    const { _id, ...rest } = record
    await this.#database.run((call) => this.#collections.records.replaceOne({ _id }, rest, { ...call, upsert: true }), { tx })
  }

  #stamp(): Pick<MigrationRecord, 'appliedAt' | 'appliedBy'> {
    return { appliedAt: new Date(), appliedBy: this.#by }
  }
}
