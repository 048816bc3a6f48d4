import type { ApiKeyVerdict } from '@polystore/contracts'
import type { ApiKeyRepository } from './api-key-repository.ts'
import { hashOfApiKey } from './api-key-text.ts'

const invalid: ApiKeyVerdict = Object.freeze({ valid: false })

/** What a key stands for now. */
export async function verifyApiKey(
  { apiKeys }: { readonly apiKeys: Pick<ApiKeyRepository, 'findUsable' | 'recordUse'> },
  key: string,
): Promise<ApiKeyVerdict> {
  const found = await apiKeys.findUsable(hashOfApiKey(key))
  if (found === undefined) return invalid
  const { id, userId, scopes, expiresAt } = found.apiKey
  await apiKeys.recordUse(id)
  return { valid: true, id, userId, roles: found.roles, scopes, expiresAt: expiresAt.toISOString() }
}
