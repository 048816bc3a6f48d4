import { GroupCommit } from '@polystore/db-core'
import type { PostgresDatabase, SqlStatement } from '@polystore/db-core/sql'
import type { OrdersCrash } from '../crash-point.ts'
import { groupLimits } from './group-limits.ts'
import type { ProductsClient } from './products-client.ts'

/** Orders whose holds this process may be committing at once; recovery takes up those above it. */
const maxUnderWay = 2_000
/** Nobody waits for the end of a confirmed order, so its hold is committed in company: products has the time for those who wait. */
const gatherMs = 100
const gatheredAtMost = 64

// A row that somebody is moving just now is left alone: the move knows what is left to do.
const text = `
with settled as materialized (
  select id from orders
  where id = any($1::uuid[]) and next_run_at is not null and status in ('CONFIRMED', 'SHIPPED', 'DELIVERED', 'REJECTED', 'CANCELLED')
  for update skip locked
)
update orders set next_run_at = null, lease_until = null, attempts = 0, last_error = null from settled where orders.id = settled.id`

export interface OrderSettlerOptions {
  readonly database: PostgresDatabase
  readonly products: ProductsClient
  readonly crash: OrdersCrash
}

/** Ends the work for orders that were decided: their holds are committed at products, then nothing is left to do. */
export class OrderSettler {
  readonly #options: OrderSettlerOptions
  readonly #group: GroupCommit<string, undefined>
  readonly #underWay = new Set<Promise<void>>()
  readonly #gathered: string[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(options: OrderSettlerOptions) {
    const { database } = options
    this.#options = options
    this.#group = new GroupCommit({ ...groupLimits(database), maxInFlight: 1 }, async (orderIds) => {
      await database.run(settleStatement(orderIds))
      return orderIds.map(() => undefined)
    })
  }

  /** Commits the hold of a confirmed order after its answer. What fails here is due for recovery when the grace is over. */
  begin(orderId: string): void {
    if (this.#underWay.size + this.#gathered.length >= maxUnderWay) return
    this.#gathered.push(orderId)
    if (this.#gathered.length >= gatheredAtMost) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), gatherMs)
  }

  /** The hold is sold, and the order is at rest. @throws Problem, RepositoryError */
  async commit(orderId: string): Promise<void> {
    const { products, crash } = this.#options
    await products.commit(orderId)
    crash('after-hold-commit')
    await this.settle(orderId)
  }

  /** Nothing is left to do for an order that was decided. */
  async settle(orderId: string): Promise<void> {
    await this.#group.add(orderId)
  }

  /** When everything that was begun has ended. */
  async idle(): Promise<void> {
    this.#flush()
    await Promise.all(this.#underWay)
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const orderId of this.#gathered.splice(0)) this.#start(orderId)
  }

  #start(orderId: string): void {
    const work: Promise<void> = this.commit(orderId)
      .catch(() => {})
      .finally(() => this.#underWay.delete(work))
    this.#underWay.add(work)
  }
}

function settleStatement(orderIds: readonly string[]): SqlStatement {
  return { text, values: [`{${orderIds.join(',')}}`] }
}
