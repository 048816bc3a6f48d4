import { setTimeout as pause } from 'node:timers/promises'
import type { Stack } from '@polystore/dev-stack'
import postgres from 'postgres'
import { z } from 'zod'

const pollMs = 20
const patienceMs = 60_000

const work = z.tuple([z.object({ unfinished: z.int(), undelivered: z.int() })])
/** Orders between two states, and events to be delivered: by them stock is marked as sold. */
export type WorkLeft = z.output<typeof work>[0]

/** What the orders service has left to do, read from its database. */
export class OrdersAtWork {
  readonly #sql: postgres.Sql

  constructor(stack: Stack, cleanUp: AsyncDisposableStack) {
    this.#sql = postgres(stack.environments.orders['DATABASE_URL'] ?? '', { max: 1, onnotice: () => {} })
    cleanUp.defer(async () => this.#sql.end())
  }

  async left(): Promise<WorkLeft> {
    const [left] = work.parse(
      await this.#sql`select
        (select count(*)::int from orders where next_run_at is not null) as unfinished,
        (select count(*)::int from outbox) as undelivered`,
    )
    return left
  }

  /** Answers the milliseconds until this was true, looked at every 20 ms. @throws after a minute */
  async until(isDone: (left: WorkLeft) => boolean): Promise<number> {
    const started = performance.now()
    for (;;) {
      const left = await this.left()
      const waitedMs = performance.now() - started
      if (isDone(left)) return waitedMs
      if (waitedMs > patienceMs) throw new Error(`orders has not come to rest: ${JSON.stringify(left)}`)
      await pause(pollMs)
    }
  }

  async rest(): Promise<number> {
    return this.until(({ unfinished, undelivered }) => unfinished + undelivered === 0)
  }
}
