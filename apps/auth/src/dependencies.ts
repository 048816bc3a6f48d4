import type { PostgresDatabase } from '@polystore/db-core/sql'
import { ApiKeyRepository } from './api-keys/api-key-repository.ts'
import { AuditLog, type AuditTrail } from './audit/audit-log.ts'
import { AuditRepository } from './audit/audit-repository.ts'
import { hashCost, type AuthConfig } from './config.ts'
import { KeyRing } from './keys/key-ring.ts'
import { createKeyVault } from './keys/key-vault.ts'
import { SigningKeyRepository } from './keys/signing-key-repository.ts'
import { LinkRepository } from './links/link-repository.ts'
import { createLinkTokens, type LinkTokens } from './links/link-tokens.ts'
import { createPasswordHasher, type PasswordHasher } from './passwords/password-hasher.ts'
import { keepRevocationsSeconds } from './revocations/list-revocations.ts'
import { RevocationRepository } from './revocations/revocation-repository.ts'
import { LoginThrottles } from './throttling/login-throttles.ts'
import { createEndSessions, type EndSessions } from './sessions/end-sessions.ts'
import type { SessionLives } from './sessions/open-session.ts'
import { createRefreshTokenMaker, type RefreshTokenMaker } from './sessions/refresh-token.ts'
import { RefreshTokenRepository } from './sessions/refresh-token-repository.ts'
import { SessionRepository } from './sessions/session-repository.ts'
import { createSharedSecretKeys, type TokenKeys } from './tokens/token-keys.ts'
import { UserRepository } from './users/user-repository.ts'

/** What the features of the service are built on. */
export interface Dependencies {
  readonly database: PostgresDatabase
  readonly users: UserRepository
  readonly passwords: PasswordHasher
  readonly tokenKeys: TokenKeys
  readonly audit: AuditTrail
  readonly auditEvents: AuditRepository
  readonly revocations: RevocationRepository
  readonly keepRevocationsSeconds: number
  readonly apiKeys: ApiKeyRepository
  readonly throttles: LoginThrottles
  readonly links: LinkRepository
  readonly linkTokens: LinkTokens
  readonly sessions: SessionRepository
  readonly refreshTokens: RefreshTokenRepository
  readonly refreshTokenMaker: RefreshTokenMaker
  readonly sessionLives: SessionLives
  readonly endSessions: EndSessions
}

export async function createDependencies(config: AuthConfig, database: PostgresDatabase): Promise<Dependencies> {
  const sessions = new SessionRepository(database)
  const revocations = new RevocationRepository(database)
  return {
    database,
    users: new UserRepository(database),
    passwords: await createPasswordHasher(hashCost(config), { concurrency: 2, queueLimit: 20 }),
    tokenKeys: createTokenKeys(config, database),
    audit: new AuditLog(database),
    auditEvents: new AuditRepository(database),
    revocations,
    keepRevocationsSeconds: keepRevocationsSeconds(config.ACCESS_TOKEN_TTL_SECONDS),
    apiKeys: new ApiKeyRepository(database),
    throttles: new LoginThrottles(database),
    links: new LinkRepository(database),
    linkTokens: createLinkTokens(config.KEY_ENCRYPTION_SECRET),
    sessions,
    refreshTokens: new RefreshTokenRepository(database),
    refreshTokenMaker: createRefreshTokenMaker(config.KEY_ENCRYPTION_SECRET),
    sessionLives: sessionLives(config),
    endSessions: createEndSessions({ sessions, revocations }),
  }
}

/** Resolves when the database answers and there is a key to sign by. */
export async function assertReady({ database, tokenKeys }: Dependencies): Promise<void> {
  await database.ping()
  await tokenKeys.signingKey()
}

function sessionLives(config: AuthConfig): SessionLives {
  return { sessionDays: config.SESSION_DAYS, idleDays: config.REFRESH_TOKEN_DAYS, graceSeconds: config.REFRESH_GRACE_SECONDS }
}

function createTokenKeys(config: AuthConfig, database: PostgresDatabase): TokenKeys {
  if (config.JWT_HS256_SECRET !== undefined) return createSharedSecretKeys(config.JWT_HS256_SECRET)
  const vault = createKeyVault(config.KEY_ENCRYPTION_SECRET)
  const dependencies = { database, vault, signingKeys: new SigningKeyRepository(database) }
  return new KeyRing(dependencies, { refreshMs: config.KEY_REFRESH_SECONDS * 1_000 })
}
