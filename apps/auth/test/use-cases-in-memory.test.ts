import type { UpdateOptions, WriteOptions } from '@polystore/db-core'
import { MemoryDatabase, MemoryRepository } from '@polystore/db-core/memory'
import type { NewEvent } from '@polystore/events'
import { describe, expect, test } from 'vitest'
import type { AuditEvent } from '../src/audit/audit-event.ts'
import { systemCaller } from '../src/audit/caller.ts'
import type { Revocation } from '../src/revocations/revocation-repository.ts'
import type { EndedSessions } from '../src/sessions/session-repository.ts'
import { changeProfile } from '../src/users/change-profile.ts'
import { getProfile } from '../src/users/get-profile.ts'
import { setUserActive } from '../src/users/set-user-active.ts'
import type { Account } from '../src/users/user-repository.ts'
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

  activate(id: string, options?: WriteOptions): Promise<UserRow> {
    return this.update(id, { active: true }, options)
  }

  deactivate(id: string, options?: WriteOptions): Promise<UserRow> {
    return this.update(id, { active: false }, options)
  }

  updateProfile(id: string, profile: Partial<Account>, options: UpdateOptions & { readonly version: number }): Promise<UserRow> {
    return this.update(id, profile, options)
  }

  /** A list in memory is no column to compare, and there is no lock to wait for. */
  async findAdmins({ tx }: WriteOptions = {}): Promise<UserRow[]> {
    const active = await this.list({ where: { active: { eq: true } }, orderBy: [{ field: 'id', direction: 'asc' }] }, { tx })
    return active.filter(({ roles }) => roles.includes('admin'))
  }
}

async function ann() {
  const database = new MemoryDatabase()
  const users = new UsersInMemory(database)
  const told: NewEvent[] = []
  const recorded: AuditEvent[] = []
  const revoked: Revocation[] = []
  const ended: EndedSessions[] = []
  const dependencies = {
    database,
    users,
    userEvents: { append: async (event: NewEvent) => void told.push(event) },
    audit: { record: async (event: AuditEvent) => void recorded.push(event) },
    revocations: { add: async (revocations: readonly Revocation[]) => void revoked.push(...revocations) },
    endSessions: async (sessions: EndedSessions) => ended.push(sessions),
  }
  const user = await users.create({ email: 'ann@example.com', fullName: 'Ann', passwordHash: 'x', roles: ['customer'] })
  return { dependencies, users, user, told, recorded, revoked, ended }
}

describe('what is done with users, without a database', () => {
  test('a profile is shown while its user is active', async () => {
    const { dependencies, users, user } = await ann()
    expect(await getProfile({ users }, user.id)).toEqual(user)
    await setUserActive(dependencies, { userId: user.id, active: false, caller: systemCaller })
    await expect(getProfile({ users }, user.id)).rejects.toMatchObject({ slug: 'invalid-token' })
    await users.delete(user.id)
    const late = setUserActive(dependencies, { userId: user.id, active: true, caller: systemCaller })
    await expect(late).rejects.toMatchObject({ code: 'not-found' })
  })

  test('activating an active user writes nothing and tells nobody', async () => {
    const { dependencies, user, told, recorded, revoked, ended } = await ann()
    const set = (active: boolean) => setUserActive(dependencies, { userId: user.id, active, caller: systemCaller })
    expect(await set(true)).toEqual(user)
    expect([told, recorded, revoked, ended]).toEqual([[], [], [], []])
    expect(await set(false)).toMatchObject({ active: false, version: 2 })
    expect(told).toEqual([{ type: 'user.deactivated', subject: user.id, sequence: 2, data: { userId: user.id } }])
    expect(recorded).toMatchObject([{ type: 'user.deactivated', userId: user.id, actor: 'system' }])
    expect(revoked).toEqual([{ kind: 'user', subject: user.id }])
    expect(ended).toEqual([{ userId: user.id, reason: 'user-deactivated' }])
  })

  test('the last administrator stays active, and the one before the last does not', async () => {
    const { dependencies, users, user, told } = await ann()
    await users.update(user.id, { roles: ['admin'] })
    const deactivate = (userId: string) => setUserActive(dependencies, { userId, active: false, caller: systemCaller })
    await expect(deactivate(user.id)).rejects.toMatchObject({ slug: 'last-admin' })
    expect(told).toEqual([])
    await users.create({ email: 'bob@example.com', fullName: 'Bob', passwordHash: 'x', roles: ['admin'] })
    expect(await deactivate(user.id)).toMatchObject({ active: false })
  })

  test('of two changes to one version the second is refused', async () => {
    const { dependencies, user, recorded } = await ann()
    const change = (fullName: string) =>
      changeProfile(dependencies, { userId: user.id, patch: { fullName }, version: 1, caller: systemCaller })
    expect(await change('Ann B.')).toMatchObject({ fullName: 'Ann B.', version: 2 })
    await expect(change('Ann C.')).rejects.toMatchObject({ code: 'stale-version', fields: ['version'] })
    expect(recorded).toMatchObject([{ type: 'user.updated', details: { fields: 'fullName' } }])
  })

  test('a user name is taken in any letter case, until its user is deleted', async () => {
    const { dependencies, users, user } = await ann()
    const other = await users.create({
      email: 'bob@example.com',
      username: 'Bobby',
      fullName: 'Bob',
      passwordHash: 'x',
      roles: ['customer'],
    })
    const change = () => changeProfile(dependencies, { userId: user.id, patch: { username: 'bobby' }, version: 1, caller: systemCaller })
    await expect(change()).rejects.toMatchObject({ code: 'conflict', fields: ['username'], constraint: 'users_username_unique' })
    await users.delete(other.id)
    expect(await change()).toMatchObject({ username: 'bobby' })
  })
})
