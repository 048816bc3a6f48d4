import { describe, expect, test } from 'vitest'
import { RepositoryError, UnsupportedError } from '../src/errors/repository-error.ts'
import { sqliteErrors } from '../src/sql/sqlite/sqlite-errors.ts'
import { isLocked, SqliteFailure } from '../src/sql/sqlite/sqlite-failure.ts'
import { SqlNames } from '../src/sql/sql-names.ts'

const names = new SqlNames()

/** An error as node:sqlite throws it. */
function driverError(errcode: number, message = 'canary'): Error {
  return Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode, errstr: 'canary' })
}

const translated = (error: unknown, statement = '') => sqliteErrors.translate(new SqliteFailure(error, statement), names)

describe('errors of SQLite', () => {
  test.each([
    [2067, 'conflict'],
    [1555, 'conflict'],
    [2579, 'conflict'],
    [787, 'foreign-key'],
    [1299, 'not-null'],
    [275, 'check'],
    [1811, 'check'],
    [3091, 'invalid-value'],
    [20, 'invalid-value'],
    [18, 'invalid-value'],
    [5, 'lock-timeout'],
    [261, 'lock-timeout'],
    [773, 'lock-timeout'],
    [6, 'lock-timeout'],
    [262, 'lock-timeout'],
    [15, 'lock-timeout'],
    [517, 'serialization'],
    [17, 'serialization'],
    [8, 'unsupported'],
    [1032, 'unavailable'],
    [9, 'statement-timeout'],
    [10, 'unavailable'],
    [778, 'unavailable'],
    [11, 'unavailable'],
    [13, 'unavailable'],
    [14, 'unavailable'],
    [26, 'unavailable'],
    [25, 'unknown'],
    [1, 'unknown'],
    [99, 'unknown'],
  ])('%i is %s, and its message tells nothing', (code, expected) => {
    const error = translated(driverError(code))
    expect(error.code).toBe(expected)
    expect(error.message).not.toContain('canary')
    expect(Object.keys(error)).not.toContain('cause')
  })

  test.each([
    ['ERR_INVALID_ARG_TYPE', 'invalid-value'],
    ['ERR_INVALID_ARG_VALUE', 'invalid-value'],
    ['ERR_OUT_OF_RANGE', 'invalid-value'],
    ['ERR_INVALID_STATE', 'unavailable'],
    ['ERR_OTHER', 'unknown'],
  ])('%s of Node is %s', (code, expected) => {
    expect(translated(Object.assign(new TypeError('canary'), { code })).code).toBe(expected)
  })

  test('that are none at all are unknown, and a RepositoryError stays as it is', () => {
    expect(sqliteErrors.translate('canary', names).message).toBe('The database refused the statement (no code).')
    expect(sqliteErrors.translate(undefined, names)).toBeInstanceOf(RepositoryError)
    const own = new UnsupportedError('own')
    expect(sqliteErrors.translate(own, names)).toBe(own)
  })

  test.each([
    [2067, 'UNIQUE constraint failed: orders.user_id, orders.code', { entity: 'orders', fields: ['userId', 'code'] }],
    [1555, 'UNIQUE constraint failed: orders.id', { entity: 'orders', fields: ['id'] }],
    [2067, "UNIQUE constraint failed: index 'orders_email'", { entity: 'items', constraint: 'orders_email', fields: [] }],
    [2067, 'UNIQUE constraint failed: canary=canary', { entity: 'items', fields: [] }],
    [1299, 'NOT NULL constraint failed: orders.user_id', { entity: 'orders', fields: ['userId'] }],
    [275, 'CHECK constraint failed: orders_total_check', { entity: 'items', constraint: 'orders_total_check', fields: [] }],
    [275, "CHECK constraint failed: total > 'canary'", { entity: 'items', constraint: undefined, fields: [] }],
    [3091, 'cannot store TEXT value in INTEGER column orders.total', { entity: 'orders', fields: ['total'] }],
    [3091, 'canary', { entity: undefined, fields: [] }],
    [787, 'FOREIGN KEY constraint failed', { entity: 'items', constraint: undefined, fields: [] }],
  ])('%i: of %s only the names are read', (code, message, expected) => {
    const error = translated(driverError(code, message), 'insert into "items" ("a") values (?)')
    expect(error).toMatchObject(expected)
    expect(error.message).not.toContain('canary')
  })

  test.each(['insert into items values (1)', 'update "items" set a = 1', 'delete from items', 'INSERT INTO "items" default values'])(
    'the table of %s is known',
    (statement) => {
      expect(translated(driverError(787), statement).entity).toBe('items')
    },
  )

  test('tell a connection that is lost and a plan that is stale', () => {
    for (const code of [10, 778, 11, 14, 26]) expect(sqliteErrors.isConnectionLoss(new SqliteFailure(driverError(code), ''))).toBe(true)
    for (const code of [1, 5, 13, 2067]) expect(sqliteErrors.isConnectionLoss(new SqliteFailure(driverError(code), ''))).toBe(false)
    expect(sqliteErrors.isConnectionLoss(new SqliteFailure(new Error('no code'), ''))).toBe(false)
    expect(sqliteErrors.isStalePlan(new SqliteFailure(driverError(17), ''))).toBe(true)
    expect(sqliteErrors.isStalePlan(new Error('another'))).toBe(false)
  })

  test('tell which locks are worth waiting for', () => {
    for (const code of [5, 261, 773, 15]) {
      expect(isLocked(driverError(code), true)).toBe(true)
      expect(isLocked(driverError(code), false)).toBe(true)
    }
    expect(isLocked(driverError(517), true)).toBe(false)
    expect(isLocked(driverError(517), false)).toBe(true)
    expect(isLocked(driverError(2067), false)).toBe(false)
    expect(isLocked(undefined, false)).toBe(false)
  })
})
