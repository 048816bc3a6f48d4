/**
 * The result of `work`, or at once the signal's reason: who called is free, and what was begun ends by its own time limit.
 * Nothing is begun for a signal that is aborted already.
 */
export async function abortable<Result>(signal: AbortSignal | undefined, work: () => Promise<Result>): Promise<Result> {
  if (signal === undefined) return await work()
  signal.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    const result = work()
    // Left behind by an abort, it may fail unheard.
    result.catch(() => {})
    return await Promise.race([result, promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
