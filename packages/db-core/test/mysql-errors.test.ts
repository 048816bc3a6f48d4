import { DrizzleQueryError } from 'drizzle-orm/errors'
import { check, foreignKey, int, mysqlTable, primaryKey, unique, uniqueIndex, varchar } from 'drizzle-orm/mysql-core'
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { NotFoundError, type RepositoryErrorCode } from '../src/errors/repository-error.ts'
import { mysqlDialect } from '../src/sql/mysql/mysql-dialect.ts'
import { mysqlErrors } from '../src/sql/mysql/mysql-errors.ts'
import { describeMysqlTable } from '../src/sql/mysql/mysql-tables.ts'
import { SqlNames } from '../src/sql/sql-names.ts'

const orders = mysqlTable(
  'orders',
  {
    shopId: int('shop_id').notNull(),
    number: int('number').notNull(),
    trackingCode: varchar('tracking_code', { length: 20 }).unique(),
    email: varchar('email', { length: 20 }),
    parentNumber: int('parent_number'),
  },
  (table) => [
    primaryKey({ columns: [table.shopId, table.number] }),
    unique('orders_email').on(table.shopId, table.email),
    uniqueIndex('orders_lower_email').on(sql`(lower(${table.email}))`),
    foreignKey({ name: 'orders_parent', columns: [table.shopId, table.parentNumber], foreignColumns: [table.shopId, table.number] }),
    check('orders_number', sql`${table.number} > 0`),
  ],
)

const names = new SqlNames()
names.learn(orders, mysqlDialect)

const secret = 'canary'

/** As the driver makes an error of what a server sends. */
function serverError(errno: number, sqlMessage: string, { sqlState = 'HY000', statement = 'insert into `orders` (`a`) values (?)' } = {}) {
  return Object.assign(new Error(sqlMessage), { errno, sqlState, sqlMessage, code: 'ER_SOMETHING', sql: statement })
}

describe('errors of MariaDB and MySQL', () => {
  test.each<[string, number, string, object]>([
    ['a key on MariaDB', 1062, `Duplicate entry '${secret}' for key 'orders_email'`, { code: 'conflict', fields: ['shopId', 'email'] }],
    [
      'a key on MySQL',
      1062,
      `Duplicate entry '${secret}' for key 'orders.orders_email'`,
      { code: 'conflict', fields: ['shopId', 'email'] },
    ],
    [
      'a primary key',
      1062,
      `Duplicate entry '1-2' for key 'PRIMARY'`,
      { code: 'conflict', fields: ['shopId', 'number'], constraint: 'PRIMARY' },
    ],
    ['a key over an expression', 1062, `Duplicate entry '${secret}' for key 'orders_lower_email'`, { fields: ['email'] }],
    ['a key of one column', 1062, `Duplicate entry '${secret}' for key 'orders_tracking_code_unique'`, { fields: ['trackingCode'] }],
    ['a key that is not known', 1062, `Duplicate entry '${secret}' for key 'other'`, { code: 'conflict', fields: [], constraint: 'other' }],
    ['a message without a key', 1062, `Duplicate entry '${secret}'`, { code: 'conflict', fields: [], constraint: undefined }],
    ['a check on MariaDB', 4025, 'CONSTRAINT `orders_number` failed for `shop`.`orders`', { code: 'check', fields: ['number'] }],
    [
      'a check of a column on MariaDB',
      4025,
      'CONSTRAINT `orders.orders_number` failed for `shop`.`orders`',
      { code: 'check', constraint: 'orders_number' },
    ],
    ['a check on MySQL', 3819, "Check constraint 'orders_number' is violated.", { code: 'check', fields: ['number'] }],
    ['a check in other words', 3819, 'Violated.', { code: 'check', constraint: undefined }],
    [
      'a reference',
      1452,
      'Cannot add or update a child row: a foreign key constraint fails (`shop`.`orders`, CONSTRAINT `orders_parent` FOREIGN KEY (`shop_id`, `parent_number`) REFERENCES `orders` (`shop_id`, `number`))',
      { code: 'foreign-key', entity: 'orders', fields: ['shopId', 'parentNumber'] },
    ],
    [
      'a reference that is not known',
      1451,
      'Cannot delete: fails (`shop`.`lines`, CONSTRAINT `x` FOREIGN KEY (`order_id`) REFERENCES `orders` (`id`))',
      { code: 'foreign-key', entity: 'lines', fields: ['orderId'] },
    ],
    ['a reference in other words', 1217, 'Cannot delete a parent row', { code: 'foreign-key', entity: 'orders' }],
    ['a column that must be set', 1048, "Column 'tracking_code' cannot be null", { code: 'not-null', fields: ['trackingCode'] }],
    [
      'a column without a default',
      1364,
      "Field 'tracking_code' doesn't have a default value",
      { code: 'not-null', fields: ['trackingCode'] },
    ],
    ['a column in other words', 1048, 'NULL', { code: 'not-null', fields: [] }],
  ])('%s is named, and no value is kept', (_name, errno, message, expected) => {
    const error = mysqlErrors.translate(serverError(errno, message), names)
    expect(error).toMatchObject({ entity: 'orders', ...expected })
    expect(`${error.message} ${JSON.stringify(error)} ${String(error.cause)} ${error.stack}`).not.toContain(secret)
  })

  test.each<[RepositoryErrorCode, number[]]>([
    ['serialization', [1213, 1020, 1243, 1615]],
    ['lock-timeout', [1205, 3572]],
    ['statement-timeout', [1317, 1969, 3024]],
    ['unavailable', [1040, 1045, 1049, 1053, 1203, 1927, 4031]],
    ['invalid-value', [1153, 1264, 1292, 1366, 1406]],
    ['commit-unknown', [1180]],
    ['unsupported', [1390, 1792]],
    ['unknown', [1064, 1146]],
  ])('%s is what %j are', (code, numbers) => {
    for (const errno of numbers) expect(mysqlErrors.translate(serverError(errno, secret), names)).toMatchObject({ code, fields: [] })
  })

  test('a number that is not known is classed by its state', () => {
    const classed = (sqlState: string) => mysqlErrors.translate(serverError(9999, secret, { sqlState }), names).code
    expect(['22007', '28000', '08S01', '42000'].map(classed)).toEqual(['invalid-value', 'unavailable', 'unavailable', 'unknown'])
  })

  test('what the network and the driver say is Unavailable and ends the connection; a value that the driver refuses does not', () => {
    const refused = Object.assign(new Error('x'), { errno: -111, code: 'ECONNREFUSED' })
    const lost = Object.assign(new Error('x'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true })
    for (const error of [refused, lost]) {
      expect(mysqlErrors.translate(error, names)).toMatchObject({ code: 'unavailable', cause: error })
      expect(mysqlErrors.isConnectionLoss(error)).toBe(true)
    }
    expect(mysqlErrors.translate(new RangeError('x'), names).code).toBe('invalid-value')
    expect(mysqlErrors.isConnectionLoss(new RangeError('x'))).toBe(false)
    expect(mysqlErrors.isConnectionLoss(serverError(1927, 'x'))).toBe(true)
    expect(mysqlErrors.isConnectionLoss(serverError(1062, 'x'))).toBe(false)
    expect(mysqlErrors.isStalePlan(serverError(1243, 'x'))).toBe(true)
    expect(mysqlErrors.isStalePlan(undefined)).toBe(false)
  })

  test('an error of ours stays as it is, and one that Drizzle wrapped is looked into', () => {
    const ours = new NotFoundError('x')
    expect(mysqlErrors.translate(ours, names)).toBe(ours)
    expect(mysqlErrors.isConnectionLoss(ours)).toBe(true)
    const wrapped = new DrizzleQueryError('select ?', [secret], serverError(1213, 'x'))
    expect(mysqlErrors.translate(wrapped, names).code).toBe('serialization')
  })

  test('a table of another database is Unsupported', () => {
    expect(() => describeMysqlTable({})).toThrow('This is no table of MySQL.')
  })
})
