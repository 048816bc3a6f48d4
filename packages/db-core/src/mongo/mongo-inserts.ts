import type { Collection, Document } from 'mongodb'
import { WriteJoiner, type RawOutcome } from '../batching/write-joiner.ts'
import { RepositoryError, UnsupportedError } from '../errors/repository-error.ts'
import { isTakenSlug, slugCandidates, slugField, withFreeSlug } from '../mixins/slug.ts'
import type { Transaction } from '../repository/transaction.ts'
import { requireNoTransaction } from '../repository/unit-of-work.ts'
import { parseCreate, type WriteTarget } from '../repository/write-input.ts'
import { insertAll, insertEach, type Refusal } from './mongo-bulk.ts'
import type { CollectionDefinition } from './mongo-collection.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { creationStamps, newDocument, type StoredDocument } from './mongo-documents.ts'
import { assignFreeSlugs, slugSource } from './mongo-slugs.ts'

/** A new document, or why it was not stored. */
export type InsertOutcome =
  | { readonly document: StoredDocument; readonly error?: undefined }
  | { readonly document?: undefined; readonly error: RepositoryError }

/** How often a whole createMany starts again when somebody else takes a slug that was free a moment ago. */
const slugRaces = 3

/** New documents of one collection. */
export class MongoInserts {
  readonly database: MongoDatabase
  readonly definition: CollectionDefinition
  readonly documents: Collection<StoredDocument>
  readonly #target: WriteTarget
  readonly #joiner: WriteJoiner<StoredDocument, StoredDocument> | undefined

  constructor(database: MongoDatabase, definition: CollectionDefinition, { joinWrites }: { readonly joinWrites?: boolean | undefined }) {
    this.database = database
    this.definition = definition
    this.documents = database.driver.collection<StoredDocument>(definition.name)
    this.#target = { entity: definition.name, fields: definition.fieldNames, key: 'id' }
    this.#joiner = joinWrites ? new WriteJoiner({ maxWaitMs: database.maxWaitMs }) : undefined
  }

  async one(input: unknown, tx: Transaction | undefined): Promise<StoredDocument> {
    const document = this.#draft(input, this.#stamps())
    const source = slugSource(this.definition, document)
    if (source === undefined) return await this.#insert(document, tx)
    if (!tx) return await withFreeSlug(source, (slug) => this.#insert({ ...document, [slugField]: slug }, tx))
    await assignFreeSlugs(this, [document], tx)
    return await this.#insert(document, tx)
  }

  /** All or none, in input order. */
  async all(inputs: readonly unknown[], tx: Transaction | undefined): Promise<readonly StoredDocument[]> {
    const stamps = this.#stamps()
    const drafts = inputs.map((input) => this.#draft(input, stamps))
    if (drafts.length === 0) return []
    if (tx) return await this.#insertAll(drafts, tx)
    for (let tried = 1; ; tried += 1) {
      try {
        return await this.database.transaction((own) => this.#insertAll(drafts, own))
      } catch (error) {
        const raced = isTakenSlug(error) && drafts.some((draft) => slugSource(this.definition, draft) !== undefined)
        if (!raced || tried > slugRaces) throw error
      }
    }
  }

  /** Each for itself, in input order. @throws UnsupportedError in a transaction, which the first refusal would end */
  async each(inputs: readonly unknown[], tx: Transaction | undefined): Promise<InsertOutcome[]> {
    const { name } = this.definition
    if (tx) throw new UnsupportedError(`MongoDB ends a transaction with the first row of ${name} that is refused.`, { entity: name })
    // Without a tenant or an actor no row can be stored, which is the mistake of the call.
    const stamps = this.#stamps()
    const outcomes = inputs.map((input) => this.#tryDraft(input, stamps))
    const drafts = outcomes.flatMap(({ document }, place) => (document ? [{ place, document }] : []))
    if (drafts.length > 0) await this.#insertDrafts(drafts, outcomes)
    else requireNoTransaction(this.database)
    return outcomes
  }

  #stamps(): Document {
    return creationStamps(this.definition, this.database.now())
  }

  #draft(input: unknown, stamps: Document): StoredDocument {
    return newDocument(this.definition, parseCreate(input, this.#target), stamps)
  }

  #tryDraft(input: unknown, stamps: Document): InsertOutcome {
    try {
      return { document: this.#draft(input, stamps) }
    } catch (error) {
      if (error instanceof RepositoryError) return { error }
      throw error
    }
  }

  async #insertAll(drafts: readonly StoredDocument[], tx: Transaction): Promise<readonly StoredDocument[]> {
    // Slugs are written into copies, for the whole may start again with the drafts as they were.
    const documents = this.definition.traits.slugFrom === undefined ? drafts : drafts.map((draft) => ({ ...draft }))
    await assignFreeSlugs(this, documents, tx)
    await insertAll(this.database, { definition: this.definition, documents, tx })
    return documents
  }

  /** Rows whose slug was taken go again with their next one. */
  async #insertDrafts(drafts: readonly { place: number; document: StoredDocument }[], outcomes: InsertOutcome[]): Promise<void> {
    let waiting = drafts.map((draft) => ({ ...draft, slugs: this.#slugsOf(draft.document) }))
    while (waiting.length > 0) {
      for (const { document, slugs } of waiting) if (slugs) document[slugField] = slugs.shift()
      const documents = waiting.map(({ document }) => document)
      const refusals = await insertEach(this.database, { definition: this.definition, documents })
      waiting = waiting.filter(({ place, slugs }, index) => {
        const error = refusals[index]
        if (error && slugs && slugs.length > 0 && isTakenSlug(error)) return true
        if (error) outcomes[place] = { error }
        return false
      })
    }
  }

  #slugsOf(document: StoredDocument): string[] | undefined {
    const source = slugSource(this.definition, document)
    return source === undefined ? undefined : [...slugCandidates(source)]
  }

  async #insert(document: StoredDocument, tx: Transaction | undefined): Promise<StoredDocument> {
    if (tx || !this.#joiner) return await this.#insertOne(document, tx)
    // A call that is to be refused must be so by itself, not with the batch that it would join.
    requireNoTransaction(this.database)
    return await this.#joiner.write('', document, (joined) => this.#insertJoined(joined))
  }

  async #insertOne(document: StoredDocument, tx: Transaction | undefined): Promise<StoredDocument> {
    await this.database.run((call) => this.documents.insertOne(document, { ...call, ignoreUndefined: true }), {
      tx,
      entity: this.definition.name,
    })
    return document
  }

  async #insertJoined(joined: readonly StoredDocument[]): Promise<RawOutcome<StoredDocument>[]> {
    const [first] = joined
    if (first && joined.length === 1) return [{ raw: await this.#insertOne(first, undefined) }]
    const refusals: Refusal[] = await insertEach(this.database, { definition: this.definition, documents: joined })
    return joined.map((raw, index) => {
      const error = refusals[index]
      return error ? { error } : { raw }
    })
  }
}
