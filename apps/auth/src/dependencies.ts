import type { PostgresDatabase } from '@polystore/db-core/sql'
import { AuditLog, type AuditTrail } from './audit/audit-log.ts'
import { hashCost, type AuthConfig } from './config.ts'
import { KeyRing } from './keys/key-ring.ts'
import { createKeyVault } from './keys/key-vault.ts'
import { SigningKeyRepository } from './keys/signing-key-repository.ts'
import { createPasswordHasher, type PasswordHasher } from './passwords/password-hasher.ts'
import { RevocationRepository } from './revocations/revocation-repository.ts'
import { LoginThrottles } from './throttling/login-throttles.ts'
import { createSharedSecretKeys, type TokenKeys } from './tokens/token-keys.ts'
import { UserRepository } from './users/user-repository.ts'

/** What the features of the service are built on. */
export interface Dependencies {
  readonly database: PostgresDatabase
  readonly users: UserRepository
  readonly passwords: PasswordHasher
  readonly tokenKeys: TokenKeys
  readonly audit: AuditTrail
  readonly revocations: RevocationRepository
  readonly throttles: LoginThrottles
}

export async function createDependencies(config: AuthConfig, database: PostgresDatabase): Promise<Dependencies> {
  return {
    database,
    users: new UserRepository(database),
    passwords: await createPasswordHasher(hashCost(config), { concurrency: 2, queueLimit: 20 }),
    tokenKeys: createTokenKeys(config, database),
    audit: new AuditLog(database),
    revocations: new RevocationRepository(database),
    throttles: new LoginThrottles(database),
  }
}

/** Resolves when the database answers and there is a key to sign by. */
export async function assertReady({ database, tokenKeys }: Dependencies): Promise<void> {
  await database.ping()
  await tokenKeys.signingKey()
}

function createTokenKeys(config: AuthConfig, database: PostgresDatabase): TokenKeys {
  if (config.JWT_HS256_SECRET !== undefined) return createSharedSecretKeys(config.JWT_HS256_SECRET)
  const vault = createKeyVault(config.KEY_ENCRYPTION_SECRET)
  const dependencies = { database, vault, signingKeys: new SigningKeyRepository(database) }
  return new KeyRing(dependencies, { refreshMs: config.KEY_REFRESH_SECONDS * 1_000 })
}
