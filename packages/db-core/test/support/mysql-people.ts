import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  date,
  datetime,
  decimal,
  foreignKey,
  int,
  json,
  mysqlTable,
  uniqueIndex,
  varbinary,
} from 'drizzle-orm/mysql-core'
import { exactText, uuidColumn, uuidType } from '../../src/sql/mysql/index.ts'

/** A table with a column of every kind, a unique key, a check and a reference. */
export const people = mysqlTable(
  'people',
  {
    id: uuidColumn('id').primaryKey(),
    emailAddress: exactText('email').notNull(),
    age: int('age'),
    visits: bigint('visits', { mode: 'number' }),
    bornOn: date('born_on', { mode: 'string' }),
    seenAt: datetime('seen_at', { mode: 'date', fsp: 3 }),
    extra: json('extra'),
    photo: varbinary('photo', { length: 20 }),
    active: boolean('active'),
    balance: decimal('balance', { precision: 30, scale: 2 }),
    bossId: uuidColumn('boss_id'),
  },
  (table) => [
    uniqueIndex('people_email').on(table.emailAddress),
    foreignKey({ name: 'people_boss', columns: [table.bossId], foreignColumns: [table.id] }),
    check('people_age', sql`${table.age} >= 0`),
  ],
)

export const peopleDdl = `
  drop table if exists people;
  create table people (
    id ${uuidType} primary key, email varchar(255) not null, age int, visits bigint, born_on date, seen_at datetime(3), extra json,
    photo varbinary(20), active boolean, balance decimal(30,2), boss_id ${uuidType},
    unique key people_email (email), constraint people_age check (age >= 0),
    constraint people_boss foreign key (boss_id) references people (id))`

export const person = {
  id: '7c0e9f0a-0a53-4a4e-8d6e-6d1f5a8a1c11',
  emailAddress: 'ada@example.org',
  age: 36,
  visits: Number.MAX_SAFE_INTEGER,
  bornOn: '1815-12-10',
  seenAt: new Date('2024-02-29T12:34:56.789Z'),
  extra: { nested: ['1', 2, null], text: 'ä"\\\'' },
  photo: null,
  active: false,
  balance: '1234567890123456789012345678.50',
  bossId: null,
}
