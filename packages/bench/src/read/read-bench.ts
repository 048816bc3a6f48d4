import type { PrepareBench } from '../contest.ts'
import { mongoReads } from './read-mongo.ts'
import { postgresReads } from './read-postgres.ts'

/** Point reads by id through db-core against hand-written one-by-one reads on the same server. */
export const prepareReadBench: PrepareBench = async (cleanUp) => ({
  contests: [...(await postgresReads(cleanUp)), ...(await mongoReads(cleanUp))],
})
