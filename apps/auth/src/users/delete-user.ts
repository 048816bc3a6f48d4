import type { Caller } from '../audit/caller.ts'
import type { Administration } from './administration.ts'
import { keepAnAdmin } from './keep-an-admin.ts'
import { shutOut } from './shut-out.ts'
import { deleted } from './user-events.ts'

/** Hides a user and ends all that they had open; the row stays, so that it can be restored. @throws NotFoundError, Problem `last-admin` */
export async function deleteUser(
  dependencies: Administration,
  { userId, caller }: { readonly userId: string; readonly caller: Caller },
): Promise<void> {
  const { database, users, userEvents, audit } = dependencies
  await database.transaction(async (tx) => {
    await keepAnAdmin(users, userId, tx)
    await users.softDelete(userId, { tx })
    const gone = await users.get(userId, { tx, scope: 'deleted' })
    await shutOut(dependencies, { userId, reason: 'user-deleted' }, tx)
    await userEvents.append(deleted(gone), tx)
    await audit.record({ type: 'user.deleted', userId, ...caller }, tx)
  })
}
