import { createPostgresDatabase, type TestDatabase } from '@polystore/testing'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { connectPostgres, type PostgresDatabase, type PostgresOptions } from '../../src/sql/index.ts'

export const drivers = ['postgres', 'pg'] as const

/** One fresh database for a file; `connect` gives handles that are closed with their test. */
export function useDatabase(): { url: () => string; connect: (options?: PostgresOptions, url?: string) => PostgresDatabase } {
  let database: TestDatabase | undefined
  beforeAll(async () => {
    database = await createPostgresDatabase()
  })
  afterAll(() => database?.drop())
  const url = () => database?.url ?? ''
  return {
    url,
    connect(options = {}, target = url()) {
      const handle = connectPostgres(target, options)
      onTestFinished(() => handle.close())
      return handle
    },
  }
}

/** A promise and the function that settles it. */
export function signal(): { promise: Promise<void>; send: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { promise, send: () => resolve() }
}

/** The failure of a promise that must fail. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (outcome instanceof Error) return outcome
  throw new Error('the promise did not fail with an Error')
}
