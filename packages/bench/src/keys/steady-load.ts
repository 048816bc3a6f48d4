import { setInterval as ticks } from 'node:timers/promises'

export interface SteadyLoad {
  readonly perSecond: number
  readonly signal: AbortSignal
  /** Asks once and answers the status. */
  readonly ask: (turn: number) => Promise<number>
}

const tickMs = 10

/** So many requests a second, whether the ones before have been answered or not; answers how often each status came, 0 for none. */
export async function steadyLoad({ perSecond, signal, ask }: SteadyLoad): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {}
  const asked: Promise<void>[] = []
  const count = async (turn: number): Promise<void> => {
    const status = await ask(turn).catch(() => 0)
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  const started = performance.now()
  for await (const _tick of ticks(tickMs)) {
    if (signal.aborted) break
    const due = ((performance.now() - started) / 1_000) * perSecond
    while (asked.length < due) asked.push(count(asked.length))
  }
  await Promise.all(asked)
  return statuses
}
