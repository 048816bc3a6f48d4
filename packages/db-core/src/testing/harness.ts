import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { DatabaseLogger } from '../connection/database-logger.ts'
import type { Relation } from '../relations/relation.ts'
import type { Repository } from '../repository/repository.ts'
import type { Store, Transaction, TransactionOptions } from '../repository/transaction.ts'

/** A row with every kind of field, with timestamps, soft delete and version. `code` is unique among live rows, `amount` is never negative. */
export interface Specimen {
  readonly id: string
  readonly code: string
  readonly name: string | null
  readonly amount: number
  readonly ratio: number | null
  readonly active: boolean
  readonly at: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly deletedAt: Date | null
  readonly deletedBy: string | null
  readonly version: number
}

export interface NewSpecimen {
  readonly id?: string | undefined
  readonly code: string
  readonly name?: string | null | undefined
  readonly amount: number
  readonly ratio?: number | null | undefined
  readonly active: boolean
  readonly at?: Date | null | undefined
}

/** A row without soft delete that belongs to a tenant and names its actors. `text` is unique within a tenant. */
export interface Entry {
  readonly id: string
  readonly text: string
  readonly tenantId: string
  readonly createdBy: string
  readonly updatedBy: string
}

export interface NewEntry {
  readonly id?: string | undefined
  readonly text: string
}

export type SpecimenRepository = Repository<Specimen, string, NewSpecimen, Partial<Omit<NewSpecimen, 'id'>>>
export type EntryRepository = Repository<Entry, string, NewEntry, Partial<Omit<NewEntry, 'id'>>>

/** A row with a slug made of its title, with soft delete; `search` looks into `title` and `body`. */
export interface Article {
  readonly id: string
  readonly title: string
  readonly slug: string
  readonly body: string | null
  readonly deletedAt: Date | null
  readonly deletedBy: string | null
}

export interface NewArticle {
  readonly id?: string | undefined
  readonly title: string
  readonly slug?: string | undefined
  readonly body?: string | null | undefined
}

/** A row that belongs to an article, with soft delete. On stores with foreign keys `articleId` is one. */
export interface Remark {
  readonly id: string
  readonly articleId: string | null
  readonly text: string
  readonly rank: number
  readonly deletedAt: Date | null
  readonly deletedBy: string | null
}

export interface NewRemark {
  readonly id?: string | undefined
  readonly articleId?: string | null | undefined
  readonly text: string
  readonly rank: number
}

/** The rows between articles and entries. */
export interface Tagging {
  readonly id: string
  readonly articleId: string
  readonly entryId: string
}

export interface NewTagging {
  readonly id?: string | undefined
  readonly articleId: string
  readonly entryId: string
}

export interface ArticleRelations {
  /** By `rank`, ascending. */
  readonly remarks: Relation<Remark, true, RemarkRelations>
  /** The remark of the article, for articles that have one. */
  readonly remark: Relation<Remark, false, RemarkRelations>
  /** Through taggings, by `text`, ascending. */
  readonly entries: Relation<Entry, true, Record<never, never>>
  readonly [name: string]: Relation
}

export interface RemarkRelations {
  readonly article: Relation<Article, false, ArticleRelations>
  readonly [name: string]: Relation
}

export type ArticleRepository = Repository<Article, string, NewArticle, Partial<Omit<NewArticle, 'id'>>, ArticleRelations>
export type RemarkRepository = Repository<Remark, string, NewRemark, Partial<Omit<NewRemark, 'id'>>, RemarkRelations>
export type TaggingRepository = Repository<Tagging, string, NewTagging, Partial<Omit<NewTagging, 'id'>>>

/** One store under test, empty and ready. */
export interface OpenHarness {
  /** In an entity named `specimens`. */
  readonly specimens: SpecimenRepository
  /** In an entity named `entries`. */
  readonly entries: EntryRepository
  /** In entities named `articles`, `remarks` and `taggings`. */
  readonly articles: ArticleRepository
  readonly remarks: RemarkRepository
  readonly taggings: TaggingRepository
  /** Specimens of a repository with `joinWrites`. */
  readonly joinedSpecimens: SpecimenRepository
  /** Specimens of a connection without `cursorSecret`. */
  readonly withoutSecret: SpecimenRepository
  transaction<Result>(work: (tx: Transaction) => Promise<Result>, options?: TransactionOptions): Promise<Result>
  /** Removes all rows. */
  clear(): Promise<void>
  close(): Promise<void>
}

/** What a store can do beyond what every store must. Whatever is false here is proved to throw Unsupported. */
export interface Capabilities {
  /** `tx.transaction` is a savepoint. */
  readonly savepoints: boolean
  /** `lock` and `onLocked`. */
  readonly rowLocks: boolean
  readonly isolationLevels: readonly NonNullable<TransactionOptions['isolation']>[]
  readonly readOnlyTransactions: boolean
  /** A broken reference is a ForeignKeyError. */
  readonly foreignKeys: boolean
  /** `createMany` with `atomic: false` inside a transaction. */
  readonly separateRowsInTransaction: boolean
  /** The logger that `open` was given hears of every statement. */
  readonly statementLog: boolean
}

/** What a store brings to the conformance suite. */
export interface RepositoryHarness {
  readonly store: string
  /** An id of the right form that no row has. */
  readonly missingId: string
  /** An id that no row can have. */
  readonly malformedId: string
  /** A transaction that this store must refuse. */
  readonly foreignTransaction: Transaction
  /** Everything that the store logs goes to `logger`, with the statements themselves (`echo`) where it can. */
  open(logger: DatabaseLogger): Promise<OpenHarness>
}

/** A transaction of `store` that is none, for `foreignTransaction`. */
export function transactionOf(store: Store): Transaction {
  return {
    store,
    afterCommit() {},
    transaction: () => Promise.reject(new Error(`this transaction of ${store} must not be used`)),
  }
}

/** What the cells of the suite are given. */
export interface Suite {
  readonly harness: RepositoryHarness
  readonly capabilities: Capabilities
  /** The open store; emptied before each test. */
  readonly open: () => OpenHarness
  /** Everything that the store has logged since the test began. */
  readonly logged: () => readonly string[]
}

/** Opens the store for the surrounding `describe`. */
export function useSuite(harness: RepositoryHarness, capabilities: Capabilities): Suite {
  let opened: OpenHarness | undefined
  const lines: string[] = []
  beforeAll(async () => {
    opened = await harness.open(loggerInto(lines))
  })
  beforeEach(async () => {
    await opened?.clear()
    lines.length = 0
  })
  afterAll(() => opened?.close())
  const open = () => {
    if (opened === undefined) throw new Error(`the harness of ${harness.store} is not open`)
    return opened
  }
  return { harness, capabilities, open, logged: () => lines }
}

/** Writes down what a careless logger would: everything that can be reached from the fields. */
function loggerInto(lines: string[]): DatabaseLogger {
  const write = (fields: object, message: string) => void lines.push(`${message} ${inspect(fields, { depth: 9 })}`)
  return { debug: write, info: write, warn: write, error: write }
}

let counter = 0

/** A new specimen with a code of its own. */
export function specimen(fields: Partial<NewSpecimen> = {}): NewSpecimen {
  counter += 1
  return { code: `code-${counter}`, amount: 0, active: false, ...fields }
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}
