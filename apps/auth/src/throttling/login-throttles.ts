import type { Transaction } from '@polystore/db-core'
import type { PostgresDatabase } from '@polystore/db-core/sql'
import { Problem } from '@polystore/service-kit'
import { type ThrottleKind, type LoginSource, throttleKeys } from './throttle-keys.ts'
import { ThrottleRepository, type ThrottleState } from './throttle-repository.ts'

/** Failures that cost nothing; each further one doubles the wait, from 1 s to 15 min. */
const freeFailures: Readonly<Record<ThrottleKind, number>> = { account: 5, known: 5, address: 20 }

/** An attempt that may go on to its password. */
export interface LoginAttempt {
  /** Where its failure counts. The account comes before the address, so that two attempts never wait for each other. */
  readonly countedBy: readonly { readonly kind: ThrottleKind; readonly key: string }[]
  readonly source: LoginSource
}

/** A wait that a failure began. */
export interface Block {
  readonly kind: ThrottleKind
  readonly seconds: number
}

/**
 * Slows down guessing of passwords, and keeps nobody out for good: whoever has logged in from an address before has an allowance of
 * their own there, which failures from elsewhere do not touch.
 */
export class LoginThrottles {
  readonly #throttles: ThrottleRepository

  constructor(database: PostgresDatabase) {
    this.#throttles = new ThrottleRepository(database)
  }

  /** Asks before any password is looked at, the same for accounts that do not exist. @throws Problem `login-throttled` */
  async admit(source: LoginSource): Promise<LoginAttempt> {
    const keys = throttleKeys(source)
    const states = await this.#throttles.states(Object.values(keys))
    const isKnown = keys.known !== undefined && states.has(keys.known)
    const kinds: readonly ThrottleKind[] = isKnown ? ['known'] : ['account', 'address']
    const countedBy = kinds.flatMap((kind) => (keys[kind] === undefined ? [] : [{ kind, key: keys[kind] }]))
    refuseBlocked(countedBy.flatMap(({ key }) => states.get(key) ?? []))
    return { countedBy, source }
  }

  /** Counts a wrong password, and answers the waits that it began. */
  async fail({ countedBy }: LoginAttempt, tx: Transaction): Promise<Block[]> {
    const blocks: Block[] = []
    for (const { kind, key } of countedBy) {
      const seconds = await this.#throttles.addFailure(key, freeFailures[kind], tx)
      if (seconds > 0) blocks.push({ kind, seconds })
    }
    return blocks
  }

  /** Forgets the failures of the account and remembers that it is used from this address. */
  async succeed({ source }: Pick<LoginAttempt, 'source'>, tx: Transaction): Promise<void> {
    const { account, known } = throttleKeys(source)
    if (account !== undefined) await this.#throttles.clear(account, tx)
    if (known !== undefined) await this.#throttles.remember(known, tx)
  }

  /** Deletes at most `limit` rows that say nothing any more; answers how many. */
  purge(limit: number): Promise<number> {
    return this.#throttles.purge(limit)
  }
}

function refuseBlocked(states: readonly ThrottleState[]): void {
  const seconds = Math.max(0, ...states.map(({ blockedSeconds }) => blockedSeconds))
  if (seconds > 0) throw new Problem('login-throttled', { headers: { 'retry-after': String(seconds) } })
}
