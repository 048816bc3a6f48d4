import { isServing, type Pause, type Service, Worker } from '@polystore/service-kit'

/** Clears away at most so many rows that nobody needs any more, and answers how many. */
export type Purge = (limit: number) => Promise<number>

const rowsPerRound = 1_000
const hourMs = 3_600_000

/** Clears away dead rows once an hour, on every replica; while there are more, a round follows after a second. */
export function startHousekeeping(service: Service, purges: readonly Purge[]): void {
  const worker = new Worker({ round: () => keepHouse(service, purges) })
  service.addHook('onReady', async () => worker.start())
  service.addHook('onClose', async () => worker.stop())
}

async function keepHouse(service: Service, purges: readonly Purge[]): Promise<Pause> {
  if (!isServing(service)) return { leastMs: 0, mostMs: 10_000 }
  const outcomes = await Promise.allSettled(purges.map((purge) => purge(rowsPerRound)))
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') service.log.warn({ err: outcome.reason }, 'housekeeping failed')
  }
  const hasMore = outcomes.some((outcome) => outcome.status === 'fulfilled' && outcome.value === rowsPerRound)
  return { leastMs: 0, mostMs: hasMore ? 1_000 : hourMs }
}
