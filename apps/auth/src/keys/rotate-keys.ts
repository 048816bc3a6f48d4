import { createKey, ensureKeys, type KeyDependencies } from './ensure-keys.ts'
import { keySetMaxAgeSeconds } from './published-key.ts'
import type { SigningKeyState } from './signing-key.ts'
import type { SigningKeyRow } from './signing-key-table.ts'

/** Key ids by state. */
export type PublishedIds = Readonly<Record<SigningKeyState, readonly string[]>>

export interface KeyLives {
  /** Life of an access token. */
  readonly tokenSeconds: number
  /** How late a replica may follow a rotation. */
  readonly refreshSeconds: number
}

/** For clocks that differ. */
const skewSeconds = 60

/**
 * Makes the next key the current one and generates a new next.
 * The old one stays published for `seconds`: until the last token it signed is dead.
 */
export async function rotateKeys(dependencies: KeyDependencies, seconds: number): Promise<PublishedIds> {
  const { database, signingKeys } = dependencies
  await ensureKeys(dependencies)
  return database.transaction(async (tx) => {
    await signingKeys.lockChanges(tx)
    await signingKeys.retireCurrent(seconds, tx)
    await signingKeys.promoteNext(tx)
    await createKey(dependencies, 'next', tx)
    await signingKeys.deleteDead(tx)
    return publishedIds(await signingKeys.listPublished(tx))
  })
}

/** How long a retired key must stay: a replica may still sign by it until it refreshes. */
export function verifyForSeconds({ tokenSeconds, refreshSeconds }: KeyLives): number {
  return tokenSeconds + refreshSeconds + skewSeconds
}

/** How long to wait so that whoever verifies tokens has fetched the next key before it signs; 0 when they have. */
export async function secondsUntilKnown(dependencies: KeyDependencies, { refreshSeconds }: KeyLives): Promise<number> {
  await ensureKeys(dependencies)
  const age = await dependencies.signingKeys.ageOfNextSeconds()
  return Math.max(0, Math.ceil(refreshSeconds + keySetMaxAgeSeconds - age))
}

function publishedIds(keys: readonly SigningKeyRow[]): PublishedIds {
  const idsOf = (state: SigningKeyState): string[] => keys.filter((key) => key.state === state).map((key) => key.id)
  return { current: idsOf('current'), next: idsOf('next'), retired: idsOf('retired') }
}
