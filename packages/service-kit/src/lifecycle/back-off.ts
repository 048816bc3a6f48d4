import { setTimeout as delay } from 'node:timers/promises'

const firstDelayMs = 100
const longestDelayMs = 5_000

/** Tries until `work` succeeds or the signal is aborted; waits 100 ms, then twice as long each time, up to 5 s, with jitter. */
export async function retryUntil(
  work: () => Promise<void>,
  options: { signal: AbortSignal; onFailure: (error: unknown, delayMs: number) => void },
): Promise<boolean> {
  for (let attempt = 0; !options.signal.aborted; attempt += 1) {
    try {
      await work()
      return true
    } catch (error) {
      const delayMs = Math.round(Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2))
      options.onFailure(error, delayMs)
      await delay(delayMs, undefined, { signal: options.signal }).catch(() => undefined)
    }
  }
  return false
}
