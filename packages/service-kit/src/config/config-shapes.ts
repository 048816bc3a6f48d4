import { z } from 'zod'
import { configBoolean, configInteger, configPort, configSecret, configUrl } from './config-values.ts'

/** Variables of every service. Services override PORT with their own default. */
export const commonConfig = {
  NODE_ENV: z.enum(['development', 'test', 'production'], 'must be development, test or production').default('development'),
  HOST: z.string().max(255).default('127.0.0.1').meta({ description: 'Address to listen on' }),
  PORT: configPort().default(0).meta({ description: 'Port to listen on' }),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'must be a pino level')
    .default('info')
    .meta({ description: 'fatal, error, warn, info, debug, trace or silent' }),
  INTERNAL_SECRET: configSecret().meta({
    description: 'Signs identities between gateway and services; 32 characters or more',
    secret: true,
  }),
  CRASH_FILE: z
    .string()
    .max(1_000)
    .optional()
    .meta({ description: 'For tests: the file in which a crash point is armed; refused in production' }),
  SHUTDOWN_TIMEOUT_SECONDS: configInteger({ min: 1, max: 300 })
    .default(10)
    .meta({ description: 'Time for running requests to finish after SIGTERM' }),
}

/** Variables of a service on PostgreSQL. Times are in seconds; size + overflow is the hard cap of connections. */
export const databaseConfig = {
  DATABASE_URL: configUrl(['postgres:', 'postgresql:']).meta({ description: 'postgres://user:password@host:5432/database', secret: true }),
  DATABASE_DRIVER: z.enum(['postgres', 'pg'], 'must be postgres or pg').default('postgres').meta({ description: 'postgres or pg' }),
  DB_POOL_SIZE: configInteger({ min: 1, max: 1_000 }).default(10).meta({ description: 'Connections kept open' }),
  DB_MAX_OVERFLOW: configInteger({ min: 0, max: 1_000 }).default(5).meta({ description: 'Connections above the size under load' }),
  DB_POOL_TIMEOUT: configInteger({ min: 1, max: 60 }).default(3).meta({ description: 'Seconds to wait for a connection, then 503' }),
  DB_POOL_RECYCLE: configInteger({ min: 1, max: 86_400 })
    .default(1_800)
    .meta({ description: 'Seconds after which a connection is replaced' }),
  SQL_ECHO: configBoolean().default(false).meta({ description: 'Log statements and their time, never parameter values' }),
}

/** Variables of a service on MongoDB. Times are in seconds. */
export const mongoConfig = {
  MONGO_URL: configUrl(['mongodb:', 'mongodb+srv:']).meta({ description: 'mongodb://host:27017/database?replicaSet=rs0', secret: true }),
  MONGO_POOL_SIZE: configInteger({ min: 1, max: 1_000 }).default(20).meta({ description: 'Connections at most' }),
  MONGO_POOL_TIMEOUT: configInteger({ min: 1, max: 60 }).default(3).meta({ description: 'Seconds to wait for a connection, then 503' }),
  MONGO_POOL_RECYCLE: configInteger({ min: 1, max: 86_400 })
    .default(1_800)
    .meta({ description: 'Seconds after which an idle connection is replaced' }),
}

/** Longer names that are accepted for the same variables. */
export const configAliases: Readonly<Record<string, string>> = {
  DATABASE_POOL_SIZE: 'DB_POOL_SIZE',
  DATABASE_MAX_OVERFLOW: 'DB_MAX_OVERFLOW',
  DATABASE_POOL_TIMEOUT: 'DB_POOL_TIMEOUT',
  DATABASE_POOL_RECYCLE: 'DB_POOL_RECYCLE',
}
