import type { Transaction } from '@polystore/db-core'
import type { RevocationRepository } from '../revocations/revocation-repository.ts'
import type { EndSessions } from '../sessions/end-sessions.ts'
import type { SessionEnd } from '../sessions/session-table.ts'

export interface ShutOutDependencies {
  readonly revocations: Pick<RevocationRepository, 'add'>
  readonly endSessions: EndSessions
}

/** Ends every session of a user, and whatever token or API key of theirs was trusted until now. */
export async function shutOut(
  { revocations, endSessions }: ShutOutDependencies,
  { userId, reason }: { readonly userId: string; readonly reason: SessionEnd },
  tx: Transaction,
): Promise<void> {
  await endSessions({ userId, reason }, tx)
  await revocations.add([{ kind: 'user', subject: userId }], tx)
}
