import type { PostgresDatabase, SqlTransaction } from '@polystore/db-core/sql'
import type { KeyVault } from './key-vault.ts'
import { generateSigningKey, type SigningKeyState } from './signing-key.ts'
import type { SigningKeyRepository } from './signing-key-repository.ts'
import type { SigningKeyRow } from './signing-key-table.ts'

export interface KeyDependencies {
  readonly database: PostgresDatabase
  readonly signingKeys: SigningKeyRepository
  readonly vault: KeyVault
}

/** The published keys; makes the current and the next one where they are missing. Replicas that do so at once agree. */
export async function ensureKeys(dependencies: KeyDependencies): Promise<SigningKeyRow[]> {
  const found = await dependencies.signingKeys.listPublished()
  if (missingStates(found).length === 0) return found
  return dependencies.database.transaction((tx) => createMissing(dependencies, tx))
}

async function createMissing(dependencies: KeyDependencies, tx: SqlTransaction): Promise<SigningKeyRow[]> {
  await dependencies.signingKeys.lockChanges(tx)
  const found = await dependencies.signingKeys.listPublished(tx)
  for (const state of missingStates(found)) await createKey(dependencies, state, tx)
  return dependencies.signingKeys.listPublished(tx)
}

/** Generates, seals and stores one key. */
export async function createKey({ signingKeys, vault }: KeyDependencies, state: SigningKeyState, tx: SqlTransaction): Promise<string> {
  const { id, publicKey, privateKey } = await generateSigningKey()
  await signingKeys.insert({ id, state, publicKey, sealedPrivateKey: vault.seal(id, privateKey) }, tx)
  return id
}

function missingStates(keys: readonly SigningKeyRow[]): SigningKeyState[] {
  const wanted: SigningKeyState[] = ['current', 'next']
  return wanted.filter((state) => !keys.some((key) => key.state === state))
}
