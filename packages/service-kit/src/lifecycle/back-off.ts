import { setTimeout as delay } from 'node:timers/promises'
import { growingPause } from './growing-pause.ts'

const bounds = { firstMs: 100, longestMs: 5_000 }

/** Tries until `work` succeeds or the signal is aborted; waits 100 ms, then twice as long each time, up to 5 s, with jitter. */
export async function retryUntil(
  work: () => Promise<void>,
  options: { signal: AbortSignal; onFailure: (error: unknown, delayMs: number) => void },
): Promise<boolean> {
  for (let failures = 1; !options.signal.aborted; failures += 1) {
    try {
      await work()
      return true
    } catch (error) {
      const delayMs = growingPause(failures, bounds)
      options.onFailure(error, delayMs)
      await delay(delayMs, undefined, { signal: options.signal }).catch(() => undefined)
    }
  }
  return false
}
