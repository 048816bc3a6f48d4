import type { AccessTokens } from '../tokens/access-tokens.ts'
import type { UserRow } from '../users/user-table.ts'
import { toUserView } from '../users/user.ts'
import type { Session } from './session-schemas.ts'

/** A new access token for the user, as a token response. */
export async function openSession(accessTokens: AccessTokens, user: UserRow): Promise<Session> {
  const { token, expiresInSeconds } = await accessTokens.issue(user)
  return { access_token: token, token_type: 'Bearer', expires_in: expiresInSeconds, user: toUserView(user) }
}
