import type { WriteOptions } from '@polystore/db-core'
import { MemoryDatabase, MemoryRepository } from '@polystore/db-core/memory'
import type { NewEvent } from '@polystore/events'
import { describe, expect, test } from 'vitest'
import { changeProfile } from '../src/users/change-profile.ts'
import { getProfile } from '../src/users/get-profile.ts'
import { setUserActive } from '../src/users/set-user-active.ts'
import type { Profile } from '../src/users/user-repository.ts'
import { userTable, type UserRow } from '../src/users/user-table.ts'

const length = (field: string, least: number, most: number) => ({
  fields: [field],
  holds: (row: Readonly<Record<string, unknown>>) =>
    typeof row[field] !== 'string' || (row[field].length >= least && row[field].length <= most),
})

/** The checks of the table again, which the memory store knows as SQL only. */
const checks = {
  users_email: length('email', 3, 254),
  users_username: length('username', 3, 32),
  users_full_name: length('fullName', 1, 200),
  users_phone_number: length('phoneNumber', 3, 20),
  users_roles: { fields: ['roles'], holds: ({ roles }: { readonly roles?: unknown }) => Array.isArray(roles) && roles.length > 0 },
}

/** Users as the service has them, in the memory of the test: the same table, the same rules. */
class UsersInMemory extends MemoryRepository<typeof userTable> {
  constructor(database: MemoryDatabase) {
    super(database, userTable, { checks })
  }

  setActive(id: string, active: boolean, options?: WriteOptions): Promise<UserRow> {
    return this.update(id, { active }, options)
  }

  updateProfile(id: string, profile: Partial<Profile>, version: number): Promise<UserRow> {
    return this.update(id, profile, { version })
  }
}

async function ann() {
  const database = new MemoryDatabase()
  const users = new UsersInMemory(database)
  const told: NewEvent[] = []
  const userEvents = { append: async (event: NewEvent) => void told.push(event) }
  const user = await users.create({ email: 'ann@example.com', fullName: 'Ann', passwordHash: 'x', roles: ['customer'] })
  return { users, user, told, database, userEvents }
}

describe('what is done with users, without a database', () => {
  test('a profile is shown while its user is active', async () => {
    const { user, ...dependencies } = await ann()
    const { users } = dependencies
    expect(await getProfile({ users }, user.id)).toEqual(user)
    await setUserActive(dependencies, { userId: user.id, active: false })
    await expect(getProfile({ users }, user.id)).rejects.toMatchObject({ slug: 'invalid-token' })
    await users.delete(user.id)
    await expect(setUserActive(dependencies, { userId: user.id, active: true })).rejects.toMatchObject({ code: 'not-found' })
  })

  test('activating an active user writes nothing and tells nobody', async () => {
    const { user, told, ...dependencies } = await ann()
    expect(await setUserActive(dependencies, { userId: user.id, active: true })).toEqual(user)
    expect(told).toEqual([])
    expect(await setUserActive(dependencies, { userId: user.id, active: false })).toMatchObject({ active: false, version: 2 })
    expect(told).toEqual([{ type: 'user.deactivated', subject: user.id, sequence: 2, data: { userId: user.id } }])
  })

  test('of two changes to one version the second is refused', async () => {
    const { users, user } = await ann()
    const change = (fullName: string) => changeProfile({ users }, { userId: user.id, patch: { fullName }, version: 1 })
    expect(await change('Ann B.')).toMatchObject({ fullName: 'Ann B.', version: 2 })
    await expect(change('Ann C.')).rejects.toMatchObject({ code: 'stale-version', fields: ['version'] })
  })

  test('a user name is taken in any letter case, until its user is deleted', async () => {
    const { users, user } = await ann()
    const other = await users.create({
      email: 'bob@example.com',
      username: 'Bobby',
      fullName: 'Bob',
      passwordHash: 'x',
      roles: ['customer'],
    })
    const change = () => changeProfile({ users }, { userId: user.id, patch: { username: 'bobby' }, version: 1 })
    await expect(change()).rejects.toMatchObject({ code: 'conflict', fields: ['username'], constraint: 'users_username_unique' })
    await users.delete(other.id)
    expect(await change()).toMatchObject({ username: 'bobby' })
  })
})
