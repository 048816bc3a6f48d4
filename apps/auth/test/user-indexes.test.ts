import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { UserRepository } from '../src/users/user-repository.ts'
import { startAuth, type AuthFixture } from './auth-fixture.ts'

let auth: AuthFixture
let users: UserRepository
beforeAll(async () => {
  auth = await startAuth()
  users = new UserRepository(auth.database)
  await auth.database.execute(sql`
    insert into users (id, email, full_name, password_hash, roles, created_at)
    select gen_random_uuid(), 'user-' || n || '@example.com', 'First' || n % 50 || ' Last' || n % 997, 'x',
      array[case when n % 5000 = 0 then 'admin' else 'customer' end], now() - n * interval '1 minute'
    from generate_series(1, 20000) as n`)
  await auth.database.execute(sql`analyze users`)
})
afterAll(() => auth.stop())

/** How often each index of users was asked, as the statistics of the server have it. */
async function scans(): Promise<Map<string, number>> {
  await auth.database.execute(sql`select pg_stat_clear_snapshot()`)
  const rows = await auth.database.execute(sql`select indexrelname, idx_scan from pg_stat_user_indexes where relname = 'users'`)
  return new Map(rows.map((row) => [String(row['indexrelname']), Number(row['idx_scan'])]))
}

/** The indexes that a read goes through; on one connection, whose statistics are sent when asked. */
async function indexesOf(read: Parameters<AuthFixture['database']['transaction']>[0]): Promise<string[]> {
  const before = await scans()
  await auth.database.transaction(async (tx) => {
    await read(tx)
    await auth.database.join(tx).drizzle.execute(sql`select pg_stat_force_next_flush()`)
  })
  const after = await scans()
  return [...after].filter(([name, count]) => count > (before.get(name) ?? 0)).map(([name]) => name)
}

const by = (field: 'createdAt' | 'email' | 'fullName', direction: 'asc' | 'desc' = 'asc') => ({
  orderBy: [{ field, direction }],
  limit: 20,
})

test('among 20,000 users each order, each search and the look for administrators goes through its own index', async () => {
  expect(await indexesOf((tx) => users.seek(by('createdAt', 'desc'), { tx }))).toEqual(['users_created_at'])
  expect(await indexesOf((tx) => users.seek(by('email'), { tx }))).toEqual(['users_email_order'])
  expect(await indexesOf((tx) => users.seek(by('fullName', 'desc'), { tx }))).toEqual(['users_full_name_order'])
  const searched = await indexesOf((tx) => users.searchUsers('last777', by('createdAt'), { tx }))
  expect(searched.toSorted()).toEqual(['users_email_order', 'users_words'])
  expect(await indexesOf((tx) => users.findAdmins({ tx }))).toEqual(['users_admins'])
  expect(await indexesOf((tx) => users.emailExists('USER-7@example.com', { tx }))).toEqual(['users_email_unique'])
})
