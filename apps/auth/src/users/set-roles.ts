import type { Role } from '@polystore/contracts'
import type { Caller } from '../audit/caller.ts'
import type { Administration } from './administration.ts'
import { keepAnAdmin } from './keep-an-admin.ts'
import { updated } from './user-events.ts'
import type { UserRow } from './user-table.ts'

export interface RolesChange {
  readonly userId: string
  readonly roles: readonly Role[]
  readonly caller: Caller
}

/** Gives a user these roles and no other; access tokens with the old ones die. @throws NotFoundError, Problem `last-admin` */
export function setRoles(
  { database, users, userEvents, audit, revocations }: Administration,
  { userId, roles, caller }: RolesChange,
): Promise<UserRow> {
  return database.transaction(async (tx) => {
    if (!roles.includes('admin')) await keepAnAdmin(users, userId, tx)
    const user = await users.get(userId, { tx, lock: 'update' })
    if (textOf(user.roles) === textOf(roles)) return user
    const changed = await users.update(userId, { roles: [...roles] }, { tx })
    await revocations.add([{ kind: 'user', subject: userId }], tx)
    await userEvents.append(updated(changed), tx)
    const details = { from: textOf(user.roles), to: textOf(roles) }
    await audit.record({ type: 'user.roles-changed', userId, ...caller, details }, tx)
    return changed
  })
}

function textOf(roles: readonly Role[]): string {
  return roles.toSorted().join(' ')
}
