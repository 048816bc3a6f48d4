import { Worker, type Pause, type Service } from '@polystore/service-kit'

export interface HousekeepingOptions {
  /** Each clears away a bounded number of what nobody needs any more, and answers how many. */
  readonly tasks: readonly (() => Promise<number>)[]
  readonly log: Pick<Service['log'], 'warn'>
  /** False while the service may not work with its database. */
  readonly mayWork: () => boolean
}

const hourMs = 3_600_000
/** Whoever has cleared away this many has probably not come to the end. */
const fullRound = 1_000

/** Clears away dead rows once an hour, on every replica; goes on after a second while there are more. */
export function createHousekeeping(options: HousekeepingOptions): Worker {
  return new Worker({ round: () => keepHouse(options) })
}

async function keepHouse({ tasks, log, mayWork }: HousekeepingOptions): Promise<Pause> {
  if (!mayWork()) return { leastMs: 0, mostMs: 10_000 }
  let most = 0
  for (const task of tasks) {
    try {
      most = Math.max(most, await task())
    } catch (error) {
      log.warn({ err: error }, 'housekeeping failed')
    }
  }
  return { leastMs: 0, mostMs: most < fullRound ? hourMs : 1_000 }
}
