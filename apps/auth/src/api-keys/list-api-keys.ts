import type { SeekQuery } from '@polystore/db-core'
import type { ApiKeyDependencies } from './api-key-dependencies.ts'
import { toApiKeyView, type ApiKeyList } from './api-key-schemas.ts'
import type { ApiKeyRow } from './api-key-table.ts'

/** One page of a user's keys, ended ones with them. @throws InvalidCursorError */
export async function listApiKeys(
  { apiKeys }: Pick<ApiKeyDependencies, 'apiKeys'>,
  { userId, ...query }: SeekQuery<ApiKeyRow> & { readonly userId: string },
): Promise<ApiKeyList> {
  const page = await apiKeys.seek({ ...query, where: { userId: { eq: userId } } })
  return { ...page, items: page.items.map(toApiKeyView) }
}
