import type { Transaction } from '@polystore/db-core'
import type { RevocationRepository } from '../revocations/revocation-repository.ts'
import type { EndedSessions, SessionRepository } from './session-repository.ts'

/** Ends sessions of a user and revokes their access tokens, with the change that is the reason; answers how many there were. */
export type EndSessions = (sessions: EndedSessions, tx: Transaction) => Promise<number>

export interface EndSessionsDependencies {
  readonly sessions: Pick<SessionRepository, 'end'>
  readonly revocations: Pick<RevocationRepository, 'add'>
}

export function createEndSessions({ sessions, revocations }: EndSessionsDependencies): EndSessions {
  return async (which, tx) => {
    const ids = await sessions.end(which, tx)
    await revocations.add(
      ids.map((subject) => ({ kind: 'session', subject })),
      tx,
    )
    return ids.length
  }
}
