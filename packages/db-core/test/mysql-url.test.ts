import { expect, test } from 'vitest'
import { InvalidValueError } from '../src/errors/repository-error.ts'
import { maskUrl } from '../src/masking/mask-url.ts'
import { connectMysql } from '../src/sql/mysql/index.ts'
import { readMysqlOptions } from '../src/sql/mysql/mysql-options.ts'

test.each([
  ['mysql://app:p%40ss@db/shop', { address: { host: 'db', port: 3306 }, user: 'app', password: 'p@ss', database: 'shop', tls: 'off' }],
  ['mariadb://app@[::1]:3307', { address: { host: '::1', port: 3307 }, user: 'app', password: '', database: undefined }],
  ['mysql://db/shop?ssl-mode=REQUIRED', { tls: 'required' }],
  ['mysql://db/shop?ssl-mode=verify_ca', { tls: 'verified' }],
  ['mysql://app@localhost/shop?socket=/run/mysqld/mysqld.sock', { address: { path: '/run/mysqld/mysqld.sock' } }],
])('%s says where to connect, and as whom', (url, target) => {
  expect(readMysqlOptions(url, {}).target).toMatchObject(target)
})

test('a URL that is none, or says what is not known, is refused without being quoted', () => {
  const refused = [
    'postgres://a:secret@host/db',
    'not a url secret',
    'mysql://a:secret@one,two/db',
    'mysql://a:%zzsecret@host/db',
    'mysql://a:secret@host/db?allowMultiQueries=true',
    'mysql://a:secret@host/db?ssl-mode=sometimes',
  ]
  for (const url of refused) {
    expect(() => connectMysql(url)).toThrow(InvalidValueError)
    expect(() => connectMysql(url)).not.toThrow('secret')
  }
})

test.each(['mysql', 'mariadb'])('the password of a %s URL is masked', (scheme) => {
  expect(maskUrl(`${scheme}://app:s%40cret@db:3306/shop?ssl-mode=REQUIRED`)).toBe(`${scheme}://app:***@db:3306/shop?ssl-mode=REQUIRED`)
})
