import { expect, test } from 'vitest'
import { describeMysqlLock } from '../src/migrations/mysql/mysql-locks.ts'
import { describeSqliteLock } from '../src/migrations/sqlite/sqlite-locks.ts'

test.each([
  ['alter table `users` add column phone varchar(20)', /^metadata lock/],
  ['alter table users add column phone varchar(20), algorithm=instant', /^metadata lock/],
  ['alter table users modify phone text', /may copy/],
  ['alter table users drop primary key', /may copy/],
  ['alter table users add constraint users_team foreign key (team) references teams (id)', /whole table/],
  ['alter table users add check (age > 0)', /whole table/],
  ['alter table users add constraint `users email` unique (email)', /reads and writes go on/],
  ['create unique index users_email on users (email)', /reads and writes go on/],
  ['create fulltext index users_about on users (about)', /blocks writes/],
  ['alter table users engine = InnoDB', /reads and writes go on/],
  ['alter table users partition by hash (id) partitions 4', /copies the table/],
  ['DROP TABLE users', /^metadata lock/],
  ['update users set phone = null', /rows/],
  ['insert into users select * from people', /rows/],
])('MySQL: %s', (statement, words) => {
  expect(describeMysqlLock(statement)).toMatch(words)
})

test.each(['insert into users values (1)', 'create table users (id int)', 'select 1'])('MySQL: %s holds nothing up', (statement) => {
  expect(describeMysqlLock(statement)).toBeUndefined()
})

test('SQLite locks its whole file for writers, and nothing for reading', () => {
  expect(describeSqliteLock('update users set phone = null')).toContain('whole file')
  expect(describeSqliteLock('vacuum')).toContain('rewrites')
  expect(describeSqliteLock('/* no */ select 1')).toBeUndefined()
})
