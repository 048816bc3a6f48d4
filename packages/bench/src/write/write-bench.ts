import { startMongo, startPostgres } from '@polystore/dev-stack'
import type { PrepareBench } from '../contest.ts'
import { openMongoByHand } from '../by-hand/mongo-by-hand.ts'
import { createThings } from '../things/things-table.ts'
import { mongoBulkInserts, postgresBulkInserts } from './bulk-inserts.ts'
import { mongoSingleInserts } from './single-inserts-mongo.ts'
import { postgresSingleInserts } from './single-inserts-postgres.ts'
import { observeStream } from './stream-memory.ts'
import { poolSize } from './write-settings.ts'

/** Inserts through db-core against hand-written ones on the same durable servers. */
export const prepareWriteBench: PrepareBench = async (cleanUp) => {
  const [sqlServer, mongoServer] = await Promise.all([startPostgres({ durable: true }), startMongo({ durable: true })])
  cleanUp.defer(async () => sqlServer.stop())
  cleanUp.defer(async () => mongoServer.stop())
  await createThings(sqlServer.url, { rows: 0 })
  const mongo = await openMongoByHand(mongoServer.url, { poolSize, rows: 0 }, cleanUp)
  return {
    contests: [
      ...postgresSingleInserts(sqlServer.url, cleanUp),
      ...mongoSingleInserts(mongo, cleanUp),
      postgresBulkInserts(sqlServer.url, cleanUp),
      mongoBulkInserts(mongo, cleanUp),
    ],
    observe: async () => [await observeStream(sqlServer.url)],
  }
}
