import { hkdfSync } from 'node:crypto'
import type { MongoOptions } from '@polystore/db-core/mongo'
import type { PostgresOptions } from '@polystore/db-core/sql'
import type { z } from 'zod'
import { createLogger } from '../telemetry/logger.ts'
import type { commonConfig, databaseConfig, mongoConfig } from './config-shapes.ts'

/** Without LOG_LEVEL nothing is logged; without INTERNAL_SECRET no cursors are signed, so `seek` is unsupported. */
type Common = Readonly<Partial<Pick<Values<typeof commonConfig>, 'LOG_LEVEL' | 'INTERNAL_SECRET'>>>
type Values<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>

/** What connectPostgres takes, from the variables of databaseConfig; logs under the name of the application. */
export function databaseOptions(config: Readonly<Values<typeof databaseConfig>> & Common, applicationName: string): PostgresOptions {
  return {
    driver: config.DATABASE_DRIVER,
    poolSize: config.DB_POOL_SIZE,
    maxOverflow: config.DB_MAX_OVERFLOW,
    poolTimeoutSeconds: config.DB_POOL_TIMEOUT,
    poolRecycleSeconds: config.DB_POOL_RECYCLE,
    echo: config.SQL_ECHO,
    ...sharedOptions(config, applicationName),
  }
}

/** What connectMongo takes, from the variables of mongoConfig; logs under the name of the application. */
export function mongoOptions(config: Readonly<Values<typeof mongoConfig>> & Common, applicationName: string): MongoOptions {
  return {
    poolSize: config.MONGO_POOL_SIZE,
    waitQueueTimeoutSeconds: config.MONGO_POOL_TIMEOUT,
    poolRecycleSeconds: config.MONGO_POOL_RECYCLE,
    ...sharedOptions(config, applicationName),
  }
}

function sharedOptions(config: Common, applicationName: string): Pick<PostgresOptions, 'applicationName' | 'cursorSecret' | 'logger'> {
  const { INTERNAL_SECRET: secret, LOG_LEVEL: level } = config
  return {
    applicationName,
    ...(level === undefined ? {} : { logger: createLogger({ name: applicationName, level }) }),
    ...(secret === undefined ? {} : { cursorSecret: deriveCursorSecret(secret) }),
  }
}

/** A key of its own, so that nothing signed as a cursor can be taken for an identity. */
function deriveCursorSecret(secret: string): string {
  return Buffer.from(hkdfSync('sha256', secret, '', 'polystore cursor', 32)).toString('base64url')
}
