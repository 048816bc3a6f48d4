import { z } from 'zod'
import { startChild } from '../children.ts'

/** Whom an order is for: whole header lines, and members of the body before its lines. */
const buyer = z.object({ headers: z.string(), fields: z.string() })
export type Buyer = z.output<typeof buyer>

export const loadJob = z.object({
  port: z.int(),
  path: z.string(),
  /** Taken in turn. */
  buyers: z.array(buyer),
  /** Connections, each of which places one order at a time. */
  width: z.int(),
  milliseconds: z.number(),
  /** At most so many. */
  orders: z.int(),
  skus: z.array(z.string()),
  lines: z.int(),
})
export type LoadJob = z.output<typeof loadJob>

const loadReport = z.object({
  statuses: z.record(z.string(), z.int()),
  /** The first few bodies of other answers than 201. */
  unexpected: z.array(z.string()),
  /** Connections that ended before their answer. */
  broken: z.int(),
  seconds: z.number(),
  /** Of the program that made the load. */
  cpuSeconds: z.number(),
  /** Milliseconds. */
  p50: z.number().nullable(),
  p99: z.number().nullable(),
})
export type LoadReport = z.output<typeof loadReport>

/** Makes a load and reports on it; one at a time. */
export type MakeLoad = (job: LoadJob) => Promise<LoadReport>

/** Starts the program that places orders. */
export function startLoad(cleanUp: AsyncDisposableStack): MakeLoad {
  const child = startChild(new URL('load-program.ts', import.meta.url), {}, cleanUp)
  return async (job) => {
    const answer = child.message()
    child.send(job)
    return loadReport.parse(await answer)
  }
}
