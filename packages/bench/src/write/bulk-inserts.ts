import { connectMongo } from '@polystore/db-core/mongo'
import { connectPostgres } from '@polystore/db-core/sql'
import { drivers } from '../by-hand/sql-by-hand.ts'
import { openBulkByHand } from '../by-hand/bulk-by-hand.ts'
import { fastest, type Contest, type Way } from '../contest.ts'
import { ownCpuSeconds, rates, secondsSince, type Leg } from '../measure.ts'
import { newThings, newThingsWithId } from '../things/new-things.ts'
import { type MongoByHand } from '../by-hand/mongo-by-hand.ts'
import { ThingDocumentRepository } from '../things/thing-documents.ts'
import { ThingRepository } from '../things/thing-repository.ts'
import { truncateThings } from '../things/things-table.ts'
import { uuidV7 } from '@polystore/db-core'
import { bulkRows, poolSize } from './write-settings.ts'

const goals = [{ metric: 'throughput', over: fastest, atLeast: 0.9 } as const]
const rounds = 7

/** The answer is the same on both sides: all rows as they were stored. What saves the database the answer is shown beside it. */
export function postgresBulkInserts(url: string, cleanUp: AsyncDisposableStack): Contest {
  const empty = async () => truncateThings(url)
  const ours = drivers.map((driver): Way => {
    const database = connectPostgres(url, { driver, poolSize, maxOverflow: 0 })
    cleanUp.defer(async () => database.close())
    const repository = new ThingRepository(database)
    return { name: `createMany on ${driver}`, leg: bulk(empty, async () => repository.createMany(newThings(0, bulkRows))) }
  })
  const ways = openBulkByHand(url, cleanUp).map(({ name, lesser = false, insert }): Way => ({
    name,
    lesser,
    leg: bulk(empty, async () => insert(newThingsWithId(0, bulkRows))),
  }))
  return { path: `PostgreSQL: ${bulkRows} rows at once`, ours, baselines: ways, goals, rounds }
}

/** Both in one transaction: all documents or none. */
export function mongoBulkInserts({ url, client, things }: MongoByHand, cleanUp: AsyncDisposableStack): Contest {
  const database = connectMongo(url, { poolSize })
  cleanUp.defer(async () => database.close())
  const repository = new ThingDocumentRepository(database)
  const empty = async () => things.deleteMany({})
  const ours = async () => repository.createMany(newThings(0, bulkRows).map((thing) => ({ id: uuidV7(), ...thing })))
  const theirs = async () => {
    const now = new Date()
    const documents = newThingsWithId(0, bulkRows).map(({ id, ...fields }) => ({ _id: id, ...fields, createdAt: now, updatedAt: now }))
    await client.withSession(async (session) =>
      session.withTransaction(async () => things.insertMany(documents, { session, ordered: false })),
    )
  }
  return {
    path: `MongoDB: ${bulkRows} documents at once`,
    ours: [{ name: 'createMany', leg: bulk(empty, ours) }],
    baselines: [{ name: 'insertMany by hand, in a transaction', leg: bulk(empty, theirs) }],
    goals,
    rounds,
  }
}

/** A leg of one insert of all rows, into an empty table; emptying it does not count. */
function bulk(empty: () => Promise<unknown>, insertAll: () => Promise<unknown>): Leg {
  return async () => {
    await empty()
    const cpuBefore = ownCpuSeconds()
    const started = performance.now()
    await insertAll()
    return rates({ operations: bulkRows, seconds: secondsSince(started), cpuSeconds: ownCpuSeconds() - cpuBefore })
  }
}
