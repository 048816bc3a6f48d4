import { argon2id, hash, needsRehash, verify, type HashOptions } from 'argon2'
import { HashQueue, type HashQueueOptions } from './hash-queue.ts'

/** Cost of one argon2id hash. */
export interface HashCost {
  readonly memoryKib: number
  readonly time: number
  readonly parallelism: number
}

type PasswordCheck =
  | { readonly outcome: 'wrong' }
  /** The stored hash cannot be read; nobody can log in with it. */
  | { readonly outcome: 'damaged' }
  /** `rehashed` is there when the stored hash was made at another cost. */
  | { readonly outcome: 'right'; readonly rehashed: string | undefined }

/** Without a stored hash it takes as long as with a wrong password. */
export type CheckPassword = (stored: string | undefined, password: string) => Promise<PasswordCheck>

export interface PasswordHasher {
  /** The PHC string of a new hash. @throws Problem `hashing-busy` */
  hash(password: string, signal?: AbortSignal): Promise<string>
  /** Runs `work` when its turn to hash has come. @throws Problem `hashing-busy` before anything of it has run */
  inTurn<Result>(work: (check: CheckPassword) => Promise<Result>, signal?: AbortSignal): Promise<Result>
}

/** Passwords by argon2id at one cost, a few at a time. */
export async function createPasswordHasher(cost: HashCost, queueOptions: HashQueueOptions): Promise<PasswordHasher> {
  const queue = new HashQueue(queueOptions)
  const options: HashOptions = { type: argon2id, memoryCost: cost.memoryKib, timeCost: cost.time, parallelism: cost.parallelism }
  const makeHash = (password: string): Promise<string> => hash(canonical(password), options)
  const dummy = await makeHash('nobody has this password')

  const check: CheckPassword = async (stored, password) => {
    const right = await matches(stored ?? dummy, password)
    if (right === undefined) return { outcome: 'damaged' }
    if (!right || stored === undefined) return { outcome: 'wrong' }
    return { outcome: 'right', rehashed: needsRehash(stored, options) ? await makeHash(password) : undefined }
  }

  return {
    hash: (password, signal) => queue.run(() => makeHash(password), signal),
    inTurn: (work, signal) => queue.run(() => work(check), signal),
  }
}

/** One password typed on two keyboards may differ in composition only (RFC 8265). */
function canonical(password: string): string {
  return password.normalize('NFC')
}

async function matches(stored: string, password: string): Promise<boolean | undefined> {
  try {
    return await verify(stored, canonical(password))
  } catch {
    return undefined
  }
}
