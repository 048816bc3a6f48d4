import type { Collection } from 'mongodb'
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { LockTimeoutError } from '../errors/repository-error.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { isServerError } from './mongo-structure-command.ts'
import type { MongoTransaction } from './mongo-transaction.ts'

interface LeaseDocument {
  readonly _id: string
  readonly owner: string
  readonly expiresAt: Date
  /** Counts the holders. */
  readonly token: number
}

/** What a transaction of a holder writes to, and the next holder before it begins: so only one of them can be committed. */
interface FenceDocument {
  readonly _id: string
  readonly token: number
  readonly writes: number
}

/** A lock that ends by itself when its holder dies. All times are the server's. */
export interface MongoLease {
  /** Greater than that of every holder before. */
  readonly token: number
  /** Aborted, with a LockTimeoutError, as soon as it is known or must be feared that the lease was lost. */
  readonly signal: AbortSignal
  /** @throws LockTimeoutError when the lease was lost, for instance because this process was stopped for too long */
  requireHeld(): Promise<void>
  /** Makes a transaction one of this holder: it cannot be committed once another has the lease. Call it last. @throws LockTimeoutError */
  fence(tx: MongoTransaction): Promise<void>
  release(): Promise<void>
}

export interface LeaseOptions {
  readonly name: string
  /** How long to wait for the present holder; LockTimeoutError after that. */
  readonly waitMs: number
  /** How long the lease outlives its holder; 30,000 unless said otherwise. */
  readonly lifeMs?: number
  /** Called once when another holds it. */
  readonly onWait?: () => void
}

const leases = 'polystore_leases'
const pollMs = 200
const duplicateKey = 11000

/** Waits for the lease and keeps it alive until it is released. @throws LockTimeoutError */
export async function acquireLease(database: MongoDatabase, { name, waitMs, lifeMs = 30_000, onWait }: LeaseOptions): Promise<MongoLease> {
  const claim: Claim = { database, name, owner: randomUUID(), lifeMs }
  const endsAt = performance.now() + waitMs
  for (let tried = 0; ; tried += 1) {
    const askedAt = performance.now()
    const token = await tryTake(claim)
    if (token !== undefined) return await HeldLease.begin(claim, { token, askedAt })
    if (performance.now() + pollMs > endsAt) throw new LockTimeoutError(`The lease ${name} is held by another process.`)
    if (tried === 0) onWait?.()
    await delay(pollMs)
  }
}

interface Claim {
  readonly database: MongoDatabase
  readonly name: string
  readonly owner: string
  readonly lifeMs: number
}

class HeldLease implements MongoLease {
  readonly token: number
  readonly signal: AbortSignal
  readonly #claim: Claim
  readonly #lost = new AbortController()
  readonly #renewal: NodeJS.Timeout
  /** By the clock of this process, and earlier than by the server's. */
  #endsAt: number

  /** The fence is up before the lease is given out: from then on nothing of an earlier holder is committed. */
  static async begin(claim: Claim, taken: { token: number; askedAt: number }): Promise<HeldLease> {
    await raiseFence(claim, taken.token)
    return new HeldLease(claim, taken)
  }

  private constructor(claim: Claim, { token, askedAt }: { token: number; askedAt: number }) {
    this.#claim = claim
    this.token = token
    this.signal = this.#lost.signal
    this.#endsAt = askedAt + claim.lifeMs
    this.#renewal = setInterval(() => void this.#renew(), claim.lifeMs / 3)
    this.#renewal.unref()
  }

  async requireHeld(): Promise<void> {
    await this.#extend()
    this.signal.throwIfAborted()
  }

  async fence(tx: MongoTransaction): Promise<void> {
    const { database, name } = this.#claim
    const mine = { _id: fenceOf(name), token: this.token }
    const { matchedCount } = await database.run((call) => fences(database).updateOne(mine, { $inc: { writes: 1 } }, call), { tx })
    if (matchedCount === 1) return
    this.#lose()
    throw lostError(name)
  }

  async release(): Promise<void> {
    clearInterval(this.#renewal)
    const { database, name, owner } = this.#claim
    // The document stays, so that tokens grow.
    await database.run((call) => collectionOf(database).updateOne({ _id: name, owner }, [{ $set: { expiresAt: '$$NOW' } }], call))
  }

  /** A renewal that fails is tried again in time; after the lease's own life it must be taken for lost. */
  async #renew(): Promise<void> {
    await this.#extend().catch(() => {
      if (performance.now() >= this.#endsAt) this.#lose()
    })
  }

  async #extend(): Promise<void> {
    const askedAt = performance.now()
    const { database, name, owner, lifeMs } = this.#claim
    const held = { _id: name, owner, $expr: { $gt: ['$expiresAt', '$$NOW'] } }
    const longer = [{ $set: { expiresAt: { $add: ['$$NOW', lifeMs] } } }]
    const { matchedCount } = await database.run((call) => collectionOf(database).updateOne(held, longer, call))
    if (matchedCount === 1) this.#endsAt = askedAt + lifeMs
    else this.#lose()
  }

  #lose(): void {
    clearInterval(this.#renewal)
    this.#lost.abort(lostError(this.#claim.name))
  }
}

function lostError(name: string): LockTimeoutError {
  return new LockTimeoutError(`The lease ${name} was lost.`)
}

/** Takes a free or expired lease in one statement; a held one stays as it is. ($expr is not allowed in the filter of an upsert.) */
async function tryTake({ database, name, owner, lifeMs }: Claim): Promise<number | undefined> {
  const free = { $lte: [{ $ifNull: ['$expiresAt', new Date(0)] }, '$$NOW'] }
  const take = [
    {
      $set: {
        owner: { $cond: [free, { $literal: owner }, '$owner'] },
        token: { $cond: [free, { $add: [{ $ifNull: ['$token', 0] }, 1] }, '$token'] },
        expiresAt: { $cond: [free, { $add: ['$$NOW', lifeMs] }, '$expiresAt'] },
      },
    },
  ]
  return await database.run(async (call) => {
    try {
      const options = { ...call, upsert: true, returnDocument: 'after' } as const
      const lease = await collectionOf(database).findOneAndUpdate({ _id: name }, take, options)
      return lease?.owner === owner ? lease.token : undefined
    } catch (error) {
      if (isServerError(error, duplicateKey)) return undefined
      throw error
    }
  })
}

/** @throws LockTimeoutError when a later holder was quicker */
async function raiseFence({ database, name }: Claim, token: number): Promise<void> {
  const lower = { _id: fenceOf(name), token: { $lte: token } }
  await database.run(async (call) => {
    try {
      await fences(database).updateOne(lower, { $set: { token }, $inc: { writes: 1 } }, { ...call, upsert: true })
    } catch (error) {
      if (isServerError(error, duplicateKey)) throw lostError(name)
      throw error
    }
  })
}

function fenceOf(name: string): string {
  return `${name} fence`
}

function collectionOf({ driver }: MongoDatabase): Collection<LeaseDocument> {
  return driver.collection<LeaseDocument>(leases)
}

function fences({ driver }: MongoDatabase): Collection<FenceDocument> {
  return driver.collection<FenceDocument>(leases)
}
