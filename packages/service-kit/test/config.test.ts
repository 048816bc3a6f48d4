import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  commonConfig,
  ConfigError,
  configBoolean,
  configInteger,
  configUrlList,
  databaseConfig,
  databaseOptions,
  listVariables,
  mongoConfig,
  readConfig,
} from '../src/index.ts'

const schema = z.object({ ...commonConfig, ...databaseConfig, FLAG: configBoolean().default(false) })
const good = { INTERNAL_SECRET: 's'.repeat(32), DATABASE_URL: 'postgres://shop:hunter2@localhost:5432/shop' }

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(schema, environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

describe('readConfig', () => {
  test('fills defaults in, parses numbers and booleans, ignores other variables, and freezes', () => {
    const config = readConfig(schema, { ...good, PORT: '4001', SQL_ECHO: 'true', FLAG: '0', PATH: '/bin' })
    expect(config).toMatchObject({
      NODE_ENV: 'development',
      PORT: 4001,
      SQL_ECHO: true,
      FLAG: false,
      DB_POOL_SIZE: 10,
      DATABASE_DRIVER: 'postgres',
    })
    expect(Object.isFrozen(config)).toBe(true)
    expect(config).not.toHaveProperty('PATH')
  })

  test('names every fault at once, and no value', () => {
    const faults = faultsOf({
      INTERNAL_SECRET: 'canary-short',
      DATABASE_URL: 'mysql://canary@x',
      PORT: '70000',
      DB_POOL_SIZE: 'canary',
      SQL_ECHO: 'canary',
      NODE_ENV: 'canary',
      LOG_LEVEL: 'canary',
    })
    expect(faults).toEqual([
      'NODE_ENV: must be development, test or production',
      'PORT: must be at most 65535',
      'LOG_LEVEL: must be a pino level',
      'INTERNAL_SECRET: must have at least 32 characters',
      'DATABASE_URL: must be a URL that begins with postgres:// or postgresql://',
      'DB_POOL_SIZE: must be a whole number',
      'SQL_ECHO: must be true or false',
    ])
  })

  test('an unset and an empty variable are both missing', () => {
    expect(faultsOf({ DATABASE_URL: '' })).toEqual(['INTERNAL_SECRET: is missing', 'DATABASE_URL: is missing'])
  })

  test('the longer pool names are accepted, and two different values are a fault', () => {
    const longer = { DATABASE_POOL_SIZE: '7', DATABASE_MAX_OVERFLOW: '0', DATABASE_POOL_TIMEOUT: '2', DATABASE_POOL_RECYCLE: '60' }
    expect(readConfig(schema, { ...good, ...longer })).toMatchObject({
      DB_POOL_SIZE: 7,
      DB_MAX_OVERFLOW: 0,
      DB_POOL_TIMEOUT: 2,
      DB_POOL_RECYCLE: 60,
    })
    expect(readConfig(schema, { ...good, DB_POOL_SIZE: '7', DATABASE_POOL_SIZE: '7' })).toMatchObject({ DB_POOL_SIZE: 7 })
    expect(faultsOf({ ...good, DB_POOL_SIZE: '8', DATABASE_POOL_SIZE: '7' })).toEqual([
      'DB_POOL_SIZE and DATABASE_POOL_SIZE: both are set, to different values',
    ])
  })

  for (const value of ['1e3', '0x10', ' 5', '5.0', '', '٣', '9'.repeat(16)]) {
    test(`"${value}" is not a whole number`, () => {
      expect(configInteger({ min: 0, max: 1_000_000 }).safeParse(value).success).toBe(false)
    })
  }

  test('a list of URLs loses spaces and slashes at the end, and needs one entry', () => {
    const list = configUrlList(['http:', 'https:'])
    expect(list.parse(' http://a:1/ ,https://b,')).toEqual(['http://a:1', 'https://b'])
    expect(list.safeParse(' , ').success).toBe(false)
    expect(list.safeParse('http://a,ftp://b').success).toBe(false)
  })
})

describe('parseConfig', () => {
  test('a process with a bad configuration writes all faults to stderr and exits 1', () => {
    const file = fileURLToPath(new URL('support/parse-config-process.ts', import.meta.url))
    const { status, stderr, stdout } = spawnSync(process.execPath, [file], {
      env: { PORT: 'canary', INTERNAL_SECRET: 'canary' },
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toBe(
      'The configuration has 3 faults:\n  PORT: must be a whole number\n  INTERNAL_SECRET: must have at least 32 characters\n  DATABASE_URL: is missing\n',
    )
  })
})

describe('listVariables', () => {
  test('says of each variable its default, whether it is required, a secret, and its other names', () => {
    const variables = Object.fromEntries(listVariables(schema).map((variable) => [variable.name, variable]))
    expect(variables['DATABASE_URL']).toMatchObject({ required: true, secret: true, description: expect.stringContaining('postgres://') })
    expect(variables['INTERNAL_SECRET']).toMatchObject({ required: true, secret: true })
    expect(variables['DB_POOL_SIZE']).toMatchObject({ required: false, secret: false, defaultValue: 10, aliases: ['DATABASE_POOL_SIZE'] })
    expect(variables['FLAG']).toMatchObject({ required: false, defaultValue: false, description: undefined })
    expect(listVariables(z.object(mongoConfig)).map((variable) => variable.name)).toEqual([
      'MONGO_URL',
      'MONGO_POOL_SIZE',
      'MONGO_POOL_TIMEOUT',
      'MONGO_POOL_RECYCLE',
    ])
  })
})

test('databaseOptions carries every pool variable', () => {
  const config = readConfig(schema, {
    ...good,
    DATABASE_DRIVER: 'pg',
    DB_POOL_SIZE: '3',
    DB_MAX_OVERFLOW: '1',
    DB_POOL_TIMEOUT: '2',
    DB_POOL_RECYCLE: '60',
    LOG_LEVEL: 'silent',
  })
  expect(databaseOptions(config, 'shop')).toMatchObject({
    driver: 'pg',
    poolSize: 3,
    maxOverflow: 1,
    poolTimeoutSeconds: 2,
    poolRecycleSeconds: 60,
    echo: false,
    applicationName: 'shop',
  })
})

test('cursors are signed with a key that is made from the internal secret and is not it', () => {
  const secretOf = (secret: string) => databaseOptions(readConfig(schema, { ...good, INTERNAL_SECRET: secret }), 'shop').cursorSecret
  expect(secretOf(good.INTERNAL_SECRET)).toBe(secretOf(good.INTERNAL_SECRET))
  expect(secretOf(good.INTERNAL_SECRET)).not.toBe(good.INTERNAL_SECRET)
  expect(secretOf(good.INTERNAL_SECRET)).not.toBe(secretOf(`${good.INTERNAL_SECRET}x`))
})
