import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { createMongoDatabase } from '@polystore/testing'
import {
  migrateDown,
  migrateUp,
  migrationHistory,
  migrationStatus,
  planMigrations,
  type MongoMigrations,
} from '../../src/migrations/index.ts'
import { connectMongo, type CollectionDefinition, type MongoDatabase } from '../../src/mongo/index.ts'

export interface MongoWorld {
  readonly url: string
  readonly folder: string
  readonly database: MongoDatabase
  readonly lines: string[]
  /** The body of `up` and `down`, which know `database`, `people` (a driver's collection), `inBatches`, `once`, `log` and `signal`. */
  add(name: string, scripts: { up: string; down?: string; head?: string }): Promise<void>
  /** The collections of the release that the next calls belong to. */
  declare(collections: readonly CollectionDefinition[], more?: Partial<MongoMigrations>): void
  up(options?: { target?: string; waitMs?: number; inOrder?: boolean; dryRun?: boolean }): ReturnType<typeof migrateUp>
  down(options?: { target?: string; despiteDrift?: boolean; dryRun?: boolean }): ReturnType<typeof migrateDown>
  status(): ReturnType<typeof migrationStatus>
  plan(): ReturnType<typeof planMigrations>
  history(): ReturnType<typeof migrationHistory>
}

/** A fresh database and an empty folder, both gone after the test. */
export async function createMongoWorld(collections: readonly CollectionDefinition[] = []): Promise<MongoWorld> {
  const { url, drop } = await createMongoDatabase()
  const folder = await mkdtemp(path.join(tmpdir(), 'polystore-migrations-'))
  const database = connectMongo(url)
  onTestFinished(async () => {
    await database.close()
    await drop()
    await rm(folder, { recursive: true, force: true })
  })
  let source: MongoMigrations = { folder, collections }
  const lines: string[] = []
  const options = () => ({ url, sources: { mongo: source }, log: (line: string) => void lines.push(line) })
  return {
    url,
    folder,
    database,
    lines,
    async add(name, { head = '', ...scripts }) {
      await mkdir(path.join(folder, name), { recursive: true })
      for (const [direction, body] of Object.entries(scripts)) {
        await writeFile(path.join(folder, name, `${direction}.ts`), scriptText(direction, head, body))
      }
    },
    declare(next, more = {}) {
      source = { folder, collections: next, ...more }
    },
    up: (more) => migrateUp({ ...options(), ...more }),
    down: (more) => migrateDown({ ...options(), ...more }),
    status: () => migrationStatus(options()),
    plan: () => planMigrations(options()),
    history: () => migrationHistory(options()),
  }
}

function scriptText(direction: string, head: string, body: string): string {
  return `${head}
export async function ${direction}({ database, inBatches, once, log, signal }: any) {
  const people = database.driver.collection('people')
  ${body}
}
`
}

/** What time does to the lease of a holder that died. */
export async function endLease({ driver }: MongoDatabase, name = 'migrations'): Promise<void> {
  const ended = [{ $set: { expiresAt: { $subtract: ['$$NOW', 1] } } }]
  await driver.collection<{ _id: string }>('polystore_leases').updateOne({ _id: name }, ended)
}
