import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { Repository } from '../repository/repository.ts'
import type { Transaction } from '../repository/transaction.ts'

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

/** One store under test, empty and ready. */
export interface OpenHarness {
  /** In an entity named `specimens`. */
  readonly specimens: SpecimenRepository
  /** In an entity named `entries`. */
  readonly entries: EntryRepository
  /** Specimens of a connection without `cursorSecret`. */
  readonly withoutSecret: SpecimenRepository
  transaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>
  /** Removes all rows. */
  clear(): Promise<void>
  close(): Promise<void>
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
  open(): Promise<OpenHarness>
}

/** The open harness of the surrounding `describe`, emptied before each test. */
export function useHarness(harness: RepositoryHarness): () => OpenHarness {
  let open: OpenHarness | undefined
  beforeAll(async () => {
    open = await harness.open()
  })
  beforeEach(() => open?.clear())
  afterAll(() => open?.close())
  return () => {
    if (open === undefined) throw new Error(`the harness of ${harness.store} is not open`)
    return open
  }
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
