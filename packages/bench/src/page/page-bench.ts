import type { PrepareBench } from '../contest.ts'
import { mongoPages } from './page-mongo.ts'
import { postgresPages } from './page-postgres.ts'

/** Lists of 20 out of a million rows: a cursor at depth 900,000 against a cursor at depth 0 and against an offset. */
export const preparePageBench: PrepareBench = async (cleanUp) => {
  const [sql, mongo] = await Promise.all([postgresPages(cleanUp), mongoPages(cleanUp)])
  return { contests: [...sql, ...mongo] }
}
