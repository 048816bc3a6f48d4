import { Worker, type Pause, type Service } from '@polystore/service-kit'
import { advanceOrder } from '../orders/advance-order.ts'
import type { OrderDependencies } from '../orders/order-dependencies.ts'
import type { ClaimedOrder } from '../orders/order-repository.ts'

export interface RecoveryOptions {
  readonly pollMs: number
  readonly leaseSeconds: number
  /** Orders claimed at once. */
  readonly batch: number
  /** Done every ten minutes; each is bounded. */
  readonly housekeeping: readonly (() => Promise<unknown>)[]
  readonly log: Pick<Service['log'], 'info' | 'warn'>
  /** False while the service may not work with its database. */
  readonly mayWork: () => boolean
}

const housekeepingEveryMs = 10 * 60_000

/**
 * Finishes what a request began and did not end, on any replica: claims due orders by lease and advances them together.
 * It runs in every mode; losing it on one replica costs latency, never an order.
 */
export function createRecoveryWorker(dependencies: OrderDependencies, options: RecoveryOptions): Worker {
  const recovery = new Recovery(dependencies, options)
  return new Worker({ round: () => recovery.round() })
}

class Recovery {
  readonly #dependencies: OrderDependencies
  readonly #options: RecoveryOptions
  #cleanedAt = Date.now()

  constructor(dependencies: OrderDependencies, options: RecoveryOptions) {
    this.#dependencies = dependencies
    this.#options = options
  }

  async round(): Promise<Pause> {
    const claimed = await this.#once()
    return { leastMs: 0, mostMs: claimed < this.#options.batch ? this.#options.pollMs : 0 }
  }

  /** Answers how many orders were claimed. Never throws: the next round tries again. */
  async #once(): Promise<number> {
    const { batch, leaseSeconds, mayWork } = this.#options
    if (!mayWork()) return 0
    try {
      const claimed = await this.#dependencies.orders.claimDue(batch, leaseSeconds)
      if (claimed.length > 0) this.#dependencies.crash('after-claim')
      await Promise.all(claimed.map(async (order) => this.#advance(order)))
      await this.#keepHouse()
      return claimed.length
    } catch (error) {
      this.#options.log.warn({ err: error }, 'recovery round failed')
      return 0
    }
  }

  async #advance(claimed: ClaimedOrder): Promise<void> {
    try {
      await advanceOrder(this.#dependencies, claimed)
    } catch (error) {
      const code = error instanceof Error ? error.name : 'unknown'
      this.#options.log.info({ orderId: claimed.order.id, code }, 'order postponed')
      await this.#dependencies.orders.postpone(claimed.order, code)
    }
  }

  async #keepHouse(): Promise<void> {
    if (Date.now() - this.#cleanedAt < housekeepingEveryMs) return
    this.#cleanedAt = Date.now()
    const outcomes = await Promise.allSettled(this.#options.housekeeping.map(async (clean) => clean()))
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') this.#options.log.warn({ err: outcome.reason }, 'housekeeping failed')
    }
  }
}
