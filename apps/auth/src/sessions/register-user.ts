import type { Origin } from '../audit/audit-event.ts'
import type { AuditTrail } from '../audit/audit-log.ts'
import type { MailRequests } from '../mail/mail-repository.ts'
import type { PasswordHasher } from '../passwords/password-hasher.ts'
import type { LoginThrottles } from '../throttling/login-throttles.ts'
import type { AccessTokens } from '../tokens/access-tokens.ts'
import { registered } from '../users/user-events.ts'
import type { CreateUserDependencies } from '../users/create-user.ts'
import type { UserRepository } from '../users/user-repository.ts'
import { openSession, type OpenSessionDependencies } from './open-session.ts'
import type { RegisterBody, Session } from './session-schemas.ts'

export interface RegisterDependencies extends CreateUserDependencies, OpenSessionDependencies {
  readonly users: UserRepository
  readonly passwords: PasswordHasher
  readonly accessTokens: AccessTokens
  readonly throttles: LoginThrottles
  readonly audit: AuditTrail
  readonly mails: MailRequests
}

interface Registration {
  readonly body: RegisterBody
  readonly origin: Origin
  readonly signal: AbortSignal
}

/** Makes a customer and signs them in. @throws ConflictError, Problem `hashing-busy` */
export async function registerUser(dependencies: RegisterDependencies, { body, origin, signal }: Registration): Promise<Session> {
  const { database, users, userEvents, throttles, audit, passwords, accessTokens, mails } = dependencies
  const { password, ...profile } = body
  const passwordHash = await passwords.hash(password, signal)
  const sign = await accessTokens.signer()
  return database.transaction(async (tx) => {
    const user = await users.createUser({ ...profile, passwordHash, roles: ['customer'] }, { tx })
    await userEvents.append(registered(user), tx)
    await audit.record({ type: 'user.registered', userId: user.id, actor: user.id, origin }, tx)
    await mails.request({ kind: 'verify-email', email: user.email, caller: { actor: user.id, origin } }, tx)
    await throttles.succeed({ source: { email: user.email, address: origin.address } }, tx)
    return openSession(dependencies, { user, origin, sign }, tx)
  })
}
