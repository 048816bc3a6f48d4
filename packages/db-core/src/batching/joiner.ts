import { UnavailableError } from '../errors/repository-error.ts'

export interface JoinLimits {
  /** The most that one batch holds, by the sizes of its calls; a larger call goes alone. */
  readonly maxSize: number
  /** Fewer calls are not worth a statement of their own, even where a place is free. */
  readonly smallestShare: number
  /** The most batches under way at once; what arrives meanwhile is joined. */
  readonly maxInFlight: number
  /** Milliseconds that a call may wait for its batch to leave. */
  readonly maxWaitMs: number
  /** Whether calls leave when the event loop has read everything that has arrived, so that what came by other sockets at the same time goes along. */
  readonly wholeTurn?: boolean
}

/** One call of a batch. `run` settles each exactly once. */
export interface JoinedCall<Item, Answer> {
  readonly item: Item
  readonly resolve: (answer: Answer) => void
  readonly reject: (reason: unknown) => void
}

/** Does the work of all calls at once and settles each. A rejection is the answer of all that are not settled yet. */
export type RunBatch<Item, Answer> = (calls: readonly JoinedCall<Item, Answer>[]) => Promise<void>

interface Waiting<Item, Answer> extends JoinedCall<Item, Answer> {
  readonly size: number
  readonly since: number
}

interface Group<Item, Answer> {
  readonly run: RunBatch<Item, Answer>
  readonly waiting: Waiting<Item, Answer>[]
}

/**
 * Joins calls that are made in the same turn of the event loop, or while others are under way, into one batch.
 * Never waits for company: a call that finds a free place leaves before the event loop turns to anything else, or with `wholeTurn` at the
 * end of this turn of it.
 * Groups keep apart what cannot share a statement; they take turns.
 */
export class Joiner<Item, Answer> {
  readonly #limits: JoinLimits
  readonly #groups = new Map<string, Group<Item, Answer>>()
  #inFlight = 0
  #scheduled = false

  constructor(limits: JoinLimits) {
    this.#limits = limits
  }

  /** Calls of one group give a `run` that does the same. @throws UnavailableError when its batch could not leave in time */
  join(group: string, item: Item, size: number, run: RunBatch<Item, Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const call = { item, size, since: performance.now(), resolve, reject }
      const open = this.#groups.get(group)
      if (open) open.waiting.push(call)
      else this.#groups.set(group, { run, waiting: [call] })
      this.#schedule()
    })
  }

  /** A tick comes after everything that is due already, and before any timer or input; an immediate after all input that is there. */
  #schedule(): void {
    if (this.#scheduled || this.#inFlight >= this.#limits.maxInFlight) return
    this.#scheduled = true
    if (this.#limits.wholeTurn === true) setImmediate(() => this.#flush())
    else process.nextTick(() => this.#flush())
  }

  #flush(): void {
    this.#scheduled = false
    for (const [name, group] of this.#groups) {
      if (this.#inFlight >= this.#limits.maxInFlight) return
      this.#groups.delete(name)
      const batch = takeBatch(group.waiting, this.#share(group.waiting.length))
      if (group.waiting.length > 0) this.#groups.set(name, group)
      const inTime = refuseOverdue(batch, performance.now() - this.#limits.maxWaitMs)
      if (inTime.length > 0) void this.#send(group.run, inTime)
    }
  }

  /** What waits is spread over the free places, so that the database works on one part while the answers to another are given out. */
  #share(waiting: number): number {
    const places = this.#limits.maxInFlight - this.#inFlight
    return Math.min(this.#limits.maxSize, Math.max(this.#limits.smallestShare, Math.ceil(waiting / places)))
  }

  async #send(run: RunBatch<Item, Answer>, batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    this.#inFlight += 1
    try {
      await run(batch)
    } catch (error) {
      for (const call of batch) call.reject(error)
    }
    this.#inFlight -= 1
    if (this.#groups.size > 0) this.#schedule()
  }
}

/** The first calls that fit together; the rest stays. */
function takeBatch<Item, Answer>(waiting: Waiting<Item, Answer>[], maxSize: number): Waiting<Item, Answer>[] {
  let size = 0
  const end = waiting.findIndex((call, index) => {
    size += call.size
    return index > 0 && size > maxSize
  })
  return waiting.splice(0, end === -1 ? waiting.length : end)
}

function refuseOverdue<Item, Answer>(batch: readonly Waiting<Item, Answer>[], oldest: number): readonly Waiting<Item, Answer>[] {
  if (batch.every(({ since }) => since >= oldest)) return batch
  for (const { since, reject } of batch) {
    if (since < oldest) reject(new UnavailableError('The database did not take the call in time.'))
  }
  return batch.filter(({ since }) => since >= oldest)
}
