import type { SessionLives } from './open-session.ts'
import type { SessionRepository } from './session-repository.ts'
import type { ListedSession } from './session-schemas.ts'

export interface ListSessionsDependencies {
  readonly sessions: SessionRepository
  readonly sessionLives: SessionLives
}

/** Where a user is signed in, the session used last first; `current` is the one that asks. */
export async function listSessions(
  { sessions, sessionLives }: ListSessionsDependencies,
  { userId, currentId, limit }: { userId: string; currentId: string | undefined; limit: number },
): Promise<ListedSession[]> {
  const rows = await sessions.listOpen({ userId, idleDays: sessionLives.idleDays, limit })
  return rows.map(({ id, userAgent, address, createdAt, lastUsedAt, expiresAt }) => ({
    id,
    current: id === currentId,
    device: userAgent,
    address,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  }))
}
