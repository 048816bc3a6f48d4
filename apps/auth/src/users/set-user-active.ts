import type { Transaction } from '@polystore/db-core'
import type { AuditTrail } from '../audit/audit-log.ts'
import type { Caller } from '../audit/caller.ts'
import { keepAnAdmin } from './keep-an-admin.ts'
import { shutOut, type ShutOutDependencies } from './shut-out.ts'
import { activationChanged, type UserEvents } from './user-events.ts'
import type { UserRepository } from './user-repository.ts'
import type { UserRow } from './user-table.ts'

export interface SetUserActiveDependencies extends ShutOutDependencies {
  readonly database: { transaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> }
  readonly users: Pick<UserRepository, 'get' | 'activate' | 'deactivate' | 'findAdmins'>
  readonly userEvents: UserEvents
  readonly audit: AuditTrail
}

export interface ActivationChange {
  readonly userId: string
  readonly active: boolean
  readonly caller: Caller
}

/**
 * Activates or deactivates, and tells of it; nothing changes when it is so already. Deactivating ends every session.
 * @throws NotFoundError, Problem `last-admin`
 */
export function setUserActive(dependencies: SetUserActiveDependencies, { userId, active, caller }: ActivationChange): Promise<UserRow> {
  const { database, users, userEvents, audit } = dependencies
  return database.transaction(async (tx) => {
    if (!active) await keepAnAdmin(users, userId, tx)
    const user = await users.get(userId, { tx })
    if (user.active === active) return user
    const changed = active ? await users.activate(userId, { tx }) : await users.deactivate(userId, { tx })
    if (!active) await shutOut(dependencies, { userId, reason: 'user-deactivated' }, tx)
    await userEvents.append(activationChanged(changed), tx)
    await audit.record({ type: active ? 'user.activated' : 'user.deactivated', userId, ...caller }, tx)
    return changed
  })
}
