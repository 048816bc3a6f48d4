import type { Db } from 'mongodb'
import type { DatabaseLogger } from '../connection/database-logger.ts'

/** What of a database is needed to read and change its structure. */
export interface MongoHandle {
  readonly driver: Db
  readonly logger: DatabaseLogger
}
