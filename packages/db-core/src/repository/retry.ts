import { setTimeout as delay } from 'node:timers/promises'
import { RepositoryError } from '../errors/repository-error.ts'

const firstDelayMs = 10
const longestDelayMs = 500

/** Doubles per attempt and is drawn at random up to that bound, so that competitors part. Milliseconds. */
export function retryDelayMs(attempt: number): number {
  return Math.random() * Math.min(longestDelayMs, firstDelayMs * 2 ** attempt)
}

/** Tries again after a retryable RepositoryError, at most `retries` times. */
export async function retryConflicts<Result>(retries: number, attempt: () => Promise<Result>): Promise<Result> {
  for (let tried = 0; ; tried++) {
    try {
      return await attempt()
    } catch (error) {
      const again = error instanceof RepositoryError && error.retryable && tried < retries
      if (!again) throw error
      await delay(retryDelayMs(tried))
    }
  }
}

/** Calls `probe` with growing pauses until it passes, for its answer. @throws the last failure once `timeoutMs` is over, or the abort reason */
export async function waitUntil<Result>(
  probe: () => Promise<Result>,
  options: { timeoutMs: number; signal?: AbortSignal },
): Promise<Result> {
  const endsAt = performance.now() + options.timeoutMs
  for (let tried = 0; ; tried++) {
    options.signal?.throwIfAborted()
    try {
      return await probe()
    } catch (error) {
      const pauseMs = 50 + retryDelayMs(tried)
      if (performance.now() + pauseMs > endsAt) throw error
      await delay(pauseMs, undefined, options.signal ? { signal: options.signal } : {})
    }
  }
}
