import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { describe, expect, test } from 'vitest'
import { checkMigrations } from '../src/migrations/index.ts'
import { createMigrationFolder, type MigrationFolder } from './support/generate-in-folder.ts'

const users = pgTable('users', { id: integer().primaryKey(), email: text().notNull(), phone: text() }, (own) => [
  uniqueIndex('users_email').on(sql`lower(${own.email})`),
  check('phone_is_long', sql`length(${own.phone}) > 3`),
])
const orders = pgTable('orders', { id: integer().primaryKey(), userId: integer('user_id') })

async function begin(tables: Record<string, unknown>): Promise<MigrationFolder> {
  const folder = await createMigrationFolder()
  await folder.write(tables, { name: 'Create users' })
  return folder
}

describe('what generate writes', () => {
  test('tables from nothing, in one transaction, and their removal', async () => {
    const folder = await createMigrationFolder()
    const { up, down } = await folder.write({ users }, { name: 'create-users' })
    expect(up).toBe(`CREATE TABLE "users" (
  "id" integer NOT NULL,
  "email" text NOT NULL,
  "phone" text,
  CONSTRAINT "users_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "phone_is_long" CHECK (length("users"."phone") > 3)
);
CREATE UNIQUE INDEX "users_email" ON "users" USING btree (lower("email"));
`)
    expect(down).toBe('DROP TABLE "users";\n')
    expect(await folder.names()).toEqual(['0001-create-users'])
  })

  test('rules on a table that holds rows, so that nobody waits for them', async () => {
    const folder = await begin({ users, orders })
    const strict = pgTable(
      'orders',
      {
        id: integer().primaryKey(),
        userId: integer('user_id')
          .notNull()
          .unique()
          .references(() => users.id),
      },
      (own) => [index('orders_user').on(own.userId), check('positive', sql`${own.id} > 0`)],
    )
    const { up, down } = await folder.write({ users, orders: strict }, { fills: ['orders.user_id=1'] })
    expect(up).toBe(`-- transaction: off
-- repeat
UPDATE "orders" SET "user_id" = 1 WHERE ctid = ANY (ARRAY(SELECT ctid FROM "orders" WHERE "user_id" IS NULL LIMIT 10000));
ALTER TABLE "orders" ADD CONSTRAINT "orders_user_id_is_set" CHECK ("user_id" IS NOT NULL) NOT VALID;
ALTER TABLE "orders" VALIDATE CONSTRAINT "orders_user_id_is_set";
ALTER TABLE "orders" ALTER COLUMN "user_id" SET NOT NULL;
ALTER TABLE "orders" DROP CONSTRAINT "orders_user_id_is_set";
CREATE UNIQUE INDEX CONCURRENTLY "orders_user_id_unique" ON "orders" ("user_id");
ALTER TABLE "orders" ADD CONSTRAINT "orders_user_id_unique" UNIQUE USING INDEX "orders_user_id_unique";
ALTER TABLE "orders" ADD CONSTRAINT "positive" CHECK ("orders"."id" > 0) NOT VALID;
ALTER TABLE "orders" VALIDATE CONSTRAINT "positive";
CREATE INDEX CONCURRENTLY "orders_user" ON "orders" USING btree ("user_id");
ALTER TABLE "orders" ADD CONSTRAINT "orders_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE no action ON UPDATE no action NOT VALID;
ALTER TABLE "orders" VALIDATE CONSTRAINT "orders_user_id_users_id_fk";
`)
    expect(down).toBe(`-- transaction: off
ALTER TABLE "orders" DROP CONSTRAINT "orders_user_id_users_id_fk";
DROP INDEX CONCURRENTLY "orders_user";
ALTER TABLE "orders" DROP CONSTRAINT "orders_user_id_unique";
ALTER TABLE "orders" DROP CONSTRAINT "positive";
ALTER TABLE "orders" ALTER COLUMN "user_id" DROP NOT NULL;
`)
  })

  test('renames as renames, in both directions, with what speaks of them', async () => {
    const folder = await begin({ users })
    const people = pgTable('people', { id: integer().primaryKey(), email: text().notNull(), mobile: text() }, (own) => [
      uniqueIndex('users_email').on(sql`lower(${own.email})`),
      check('phone_is_long', sql`length(${own.mobile}) > 3`),
    ])
    const renames = ['users:people', 'users.phone:mobile']
    const { up, down } = await folder.write({ people }, { renames, contract: '0001-create-users=nothing older is deployed' })
    expect(up).toBe(`-- contract: 0001-create-users because nothing older is deployed
ALTER TABLE "users" RENAME COLUMN "phone" TO "mobile";
ALTER TABLE "users" RENAME TO "people";
ALTER INDEX "users_pkey" RENAME TO "people_pkey";
`)
    expect(down).toBe(`ALTER INDEX "people_pkey" RENAME TO "users_pkey";
ALTER TABLE "people" RENAME TO "users";
ALTER TABLE "users" RENAME COLUMN "mobile" TO "phone";
`)
  })

  test('the same bytes for the same tables', async () => {
    const [one, other] = [await begin({ users }), await begin({ users })]
    const more = { users, orders }
    expect(await one.write(more)).toEqual(await other.write(more))
  })

  test('nothing when nothing has changed', async () => {
    const folder = await begin({ users })
    expect(await folder.generate({ users })).toEqual({ kind: 'unchanged' })
    expect(await folder.names()).toEqual(['0001-create-users'])
  })

  test('nothing on a dry run, but says what', async () => {
    const folder = await begin({ users })
    const outcome = await folder.generate({ users, orders }, { dryRun: true })
    expect(outcome).toMatchObject({ kind: 'written', name: '0002-change' })
    expect(await folder.names()).toEqual(['0001-create-users'])
  })

  test('a folder to fill in by hand, after which nothing is left to generate', async () => {
    const folder = await begin({ users })
    const { up, down } = await folder.write({ users, orders }, { name: 'by-hand', blank: true })
    expect([up, down].every((text) => text.startsWith('-- Write '))).toBe(true)
    expect(await folder.generate({ users, orders })).toEqual({ kind: 'unchanged' })
  })

  test('nothing after a migration without a snapshot', async () => {
    const folder = await begin({ users })
    await rm(path.join(folder.path, '0001-create-users', 'snapshot.json'))
    await expect(folder.generate({ users, orders })).rejects.toThrow('0001-create-users has no snapshot.json')
  })
})

describe('check finds', () => {
  const rulesOf = async (folder: MigrationFolder, tables: Record<string, unknown> = { users }) =>
    (await checkMigrations({ postgres: { folder: folder.path, tables } })).map(({ file, rule }) => `${file} ${rule}`)

  test('nothing where all is well', async () => {
    expect(await rulesOf(await begin({ users }))).toEqual([])
  })

  test('tables that have changed since the last snapshot', async () => {
    expect(await rulesOf(await begin({ users }), { users, orders })).toEqual(['0001-create-users/snapshot.json tables-changed'])
  })

  test('a number that is missing, and a way back that is', async () => {
    const folder = await begin({ users })
    await rename(path.join(folder.path, '0001-create-users'), path.join(folder.path, '0002-create-users'))
    await rm(path.join(folder.path, '0002-create-users', 'down.sql'))
    expect(await rulesOf(folder)).toEqual(['0002-create-users number-gap', '0002-create-users/down.sql no-way-back'])
  })

  test('two of one number', async () => {
    const folder = await begin({ users })
    await mkdir(path.join(folder.path, '0001-other'))
    await writeFile(path.join(folder.path, '0001-other', 'up.sql'), 'select 1;')
    const [finding] = await checkMigrations({ postgres: { folder: folder.path, tables: { users } } })
    expect(finding).toMatchObject({ rule: 'unreadable', message: expect.stringContaining('0001-create-users and 0001-other') })
  })

  test('two that were generated side by side, and which one to make anew', async () => {
    const folder = await begin({ users })
    await folder.write({ users, orders }, { name: 'create-orders' })
    const aside = path.join(folder.path, '.aside')
    await rename(path.join(folder.path, '0002-create-orders'), aside)
    await folder.write({ users, remarks: pgTable('remarks', { id: integer().primaryKey() }) }, { name: 'create-remarks' })
    await rename(aside, path.join(folder.path, '0003-create-orders'))
    const [finding] = await checkMigrations({ postgres: { folder: folder.path, tables: { users, orders } } })
    expect(finding).toMatchObject({ rule: 'snapshot-fork', advice: 'Delete the folder 0003-create-orders and generate it anew.' })
    expect(await readdir(folder.path)).toHaveLength(3)
  })

  test('a migration without a snapshot, and what the lint finds', async () => {
    const folder = await begin({ users })
    await mkdir(path.join(folder.path, '0002-by-hand'))
    await writeFile(path.join(folder.path, '0002-by-hand', 'up.sql'), 'DROP TABLE users;')
    await writeFile(path.join(folder.path, '0002-by-hand', 'down.sql'), '-- irreversible: the rows are gone for good\n')
    expect(await rulesOf(folder)).toEqual(['0002-by-hand/snapshot.json snapshot-missing', '0002-by-hand/up.sql drop-table'])
  })
})
