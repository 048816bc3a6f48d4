import { MongoServerError, type Collection } from 'mongodb'
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { LockTimeoutError } from '../errors/repository-error.ts'
import type { MongoDatabase } from './mongo-database.ts'

interface LeaseDocument {
  readonly _id: string
  readonly owner: string
  readonly expiresAt: Date
}

/** A lock that ends by itself when its holder dies. All times are the server's. */
export interface MongoLease {
  /** @throws LockTimeoutError when the lease was lost, for instance because this process was stopped for too long */
  requireHeld(): Promise<void>
  release(): Promise<void>
}

export interface LeaseOptions {
  readonly name: string
  /** How long to wait for the present holder; LockTimeoutError after that. */
  readonly waitMs: number
  /** How long the lease outlives its holder; 30,000 unless said otherwise. */
  readonly lifeMs?: number
}

const leases = 'polystore_leases'
const pollMs = 200
const duplicateKey = 11000

/** Waits for the lease and keeps it alive until it is released. @throws LockTimeoutError */
export async function acquireLease(database: MongoDatabase, { name, waitMs, lifeMs = 30_000 }: LeaseOptions): Promise<MongoLease> {
  const collection = database.driver.collection<LeaseDocument>(leases)
  const owner = randomUUID()
  const endsAt = performance.now() + waitMs
  while (!(await tryTake(database, { collection, name, owner, lifeMs }))) {
    if (performance.now() + pollMs > endsAt) throw new LockTimeoutError(`The lease ${name} is held by another process.`)
    await delay(pollMs)
  }
  const renewal = setInterval(() => void extend(database, { collection, name, owner, lifeMs }).catch(() => {}), lifeMs / 3)
  renewal.unref()
  return {
    async requireHeld() {
      if (!(await extend(database, { collection, name, owner, lifeMs }))) throw new LockTimeoutError(`The lease ${name} was lost.`)
    },
    async release() {
      clearInterval(renewal)
      await database.run((call) => collection.deleteOne({ _id: name, owner }, call))
    },
  }
}

interface Claim {
  readonly collection: Collection<LeaseDocument>
  readonly name: string
  readonly owner: string
  readonly lifeMs: number
}

/** Takes a free or expired lease in one statement; a held one stays as it is. ($expr is not allowed in the filter of an upsert.) */
async function tryTake(database: MongoDatabase, { collection, name, owner, lifeMs }: Claim): Promise<boolean> {
  const free = { $lte: [{ $ifNull: ['$expiresAt', new Date(0)] }, '$$NOW'] }
  const take = [
    {
      $set: {
        owner: { $cond: [free, { $literal: owner }, '$owner'] },
        expiresAt: { $cond: [free, { $add: ['$$NOW', lifeMs] }, '$expiresAt'] },
      },
    },
  ]
  return await database.run(async (call) => {
    try {
      const lease = await collection.findOneAndUpdate({ _id: name }, take, { ...call, upsert: true, returnDocument: 'after' })
      return lease?.owner === owner
    } catch (error) {
      if (error instanceof MongoServerError && error.code === duplicateKey) return false
      throw error
    }
  })
}

async function extend(database: MongoDatabase, { collection, name, owner, lifeMs }: Claim): Promise<boolean> {
  const held = { _id: name, owner, $expr: { $gt: ['$expiresAt', '$$NOW'] } }
  const { matchedCount } = await database.run((call) =>
    collection.updateOne(held, [{ $set: { expiresAt: { $add: ['$$NOW', lifeMs] } } }], call),
  )
  return matchedCount === 1
}
