import { createMongoDatabase, type TestDatabase } from '@polystore/testing'
import { afterAll, beforeAll } from 'vitest'
import { connectMongo, type CollectionDefinition, type MongoDatabase } from '../../src/mongo/index.ts'
import type { MongoOptions } from '../../src/mongo/index.ts'

export const cursorSecret = 'a secret for the cursors of these tests'

export interface MongoFixture {
  readonly database: MongoDatabase
  readonly url: string
  /** A further handle on the same database, closed at the end. */
  connect(options?: MongoOptions): MongoDatabase
}

/** One database for a test file, with the collections prepared. */
export function useMongo(collections: readonly CollectionDefinition[], options: MongoOptions = {}): MongoFixture {
  const handles: MongoDatabase[] = []
  let test: TestDatabase | undefined
  let database: MongoDatabase | undefined
  const fixture: MongoFixture = {
    get database() {
      if (!database) throw new Error('The database is there in tests and hooks only.')
      return database
    },
    get url() {
      if (!test) throw new Error('The database is there in tests and hooks only.')
      return test.url
    },
    connect(more = {}) {
      const handle = connectMongo(fixture.url, { cursorSecret, ...options, ...more })
      handles.push(handle)
      return handle
    },
  }
  beforeAll(async () => {
    test = await createMongoDatabase()
    database = fixture.connect()
    await database.prepare(collections)
  })
  afterAll(async () => {
    await Promise.all(handles.map((handle) => handle.close()))
    await test?.drop()
  })
  return fixture
}

/** What the promise was rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('It was expected to fail.')
}

/** Milliseconds until the promise settles, whichever way. */
export async function settledIn(promise: Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await promise.catch(() => {})
  return performance.now() - startedAt
}

/** Calls with input that its type forbids, as it may come from outside. */
export function untyped(repository: object) {
  const call = (method: 'create' | 'list', argument: unknown): Promise<unknown> =>
    Reflect.apply(Reflect.get(repository, method), repository, [argument])
  return { create: (input: unknown) => call('create', input), list: (query: unknown) => call('list', query) }
}
