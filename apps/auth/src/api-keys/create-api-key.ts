import type { Transaction } from '@polystore/db-core'
import { Problem } from '@polystore/service-kit'
import type { Caller } from '../audit/caller.ts'
import type { ApiKeyDependencies } from './api-key-dependencies.ts'
import { toApiKeyView, type CreatedApiKey, type NewApiKeyBody } from './api-key-schemas.ts'
import { hashOfApiKey, newApiKeyText } from './api-key-text.ts'

export interface NewApiKeyInput {
  readonly userId: string
  readonly body: NewApiKeyBody
  readonly caller: Caller
}

/** Keys that one user may have that are neither revoked nor expired. */
export const maxUsableKeys = 50

/** Makes a key; the answer is the only place where it is ever shown. @throws Problem `invalid-token`, `too-many-api-keys` */
export function createApiKey(dependencies: ApiKeyDependencies, { userId, body, caller }: NewApiKeyInput): Promise<CreatedApiKey> {
  const { database, apiKeys, audit } = dependencies
  const { name, scopes, expiresInDays } = body
  return database.transaction(async (tx) => {
    await assertRoom(dependencies, userId, tx)
    const { key, prefix } = newApiKeyText()
    const row = await apiKeys.createApiKey({ userId, name, prefix, hash: hashOfApiKey(key), scopes, expiresInDays }, tx)
    const details = { apiKeyId: row.id, prefix, scopes: scopes.join(' ') }
    await audit.record({ type: 'api-key.created', userId, ...caller, details }, tx)
    return { ...toApiKeyView(row), key }
  })
}

/** The owner's row is locked, so that two keys made at once are counted one after the other. */
async function assertRoom({ users, apiKeys }: ApiKeyDependencies, userId: string, tx: Transaction): Promise<void> {
  const owner = await users.find(userId, { tx, lock: 'update' })
  if (owner === undefined || !owner.active) throw new Problem('invalid-token')
  if ((await apiKeys.countUsable(userId, tx)) >= maxUsableKeys) throw new Problem('too-many-api-keys')
}
