import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { DatabaseLogger } from '../connection/database-logger.ts'
import { runAs } from '../mixins/actor.ts'
import { runInTenant } from '../mixins/tenant.ts'
import type { Store, Transaction, TransactionOptions } from '../repository/transaction.ts'
import type {
  ArticleRepository,
  EntryRepository,
  NewSpecimen,
  RemarkRepository,
  SpecimenRepository,
  TaggingRepository,
} from './entities.ts'

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

/** Runs `work` as one user of one tenant. */
export function inTenant<Result>(tenant: string, work: () => Promise<Result>): Promise<Result> {
  return runAs(`user of ${tenant}`, () => runInTenant(tenant, work))
}

let counter = 0

/** A new specimen with a code of its own. */
export function specimen(fields: Partial<NewSpecimen> = {}): NewSpecimen {
  counter += 1
  return { code: `code-${counter}`, amount: 0, active: false, ...fields }
}

/** What a promise was rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  let answer: unknown
  try {
    answer = await promise
  } catch (error) {
    return error
  }
  throw new Error(`not refused, but answered with ${inspect(answer)}`)
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}
