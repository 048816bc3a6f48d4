import { Problem, type UserIdentity } from '@polystore/service-kit'
import type { Caller } from '../audit/caller.ts'
import type { ApiKeyDependencies } from './api-key-dependencies.ts'

export interface RevokeInput {
  readonly id: string
  readonly by: UserIdentity
  readonly caller: Caller
}

/** Ends a key of one's own; administrators end anybody's. Ending it again changes nothing. @throws Problem `not-found` */
export function revokeApiKey(dependencies: ApiKeyDependencies, { id, by, caller }: RevokeInput): Promise<void> {
  const { database, apiKeys, audit, revocations } = dependencies
  return database.transaction(async (tx) => {
    const apiKey = await apiKeys.find(id, { tx })
    if (apiKey === undefined || !mayRevoke(by, apiKey.userId)) throw new Problem('not-found')
    if (!(await apiKeys.revoke(id, tx))) return
    await revocations.add([{ kind: 'api-key', subject: id }], tx)
    const details = { apiKeyId: id, prefix: apiKey.prefix }
    await audit.record({ type: 'api-key.revoked', userId: apiKey.userId, ...caller, details }, tx)
  })
}

function mayRevoke(by: UserIdentity, ownerId: string): boolean {
  return by.id === ownerId || by.roles.includes('admin')
}
