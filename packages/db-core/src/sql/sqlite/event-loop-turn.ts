const longestTurnMs = 10

let startedAt: number | undefined

/**
 * True when statements have kept the event loop from turning for too long: each runs to its end at once, and callers that await one
 * after another would otherwise never let timers and sockets have their turn.
 */
export function isTurnOverdue(): boolean {
  const now = performance.now()
  if (startedAt !== undefined) return now - startedAt > longestTurnMs
  startedAt = now
  setImmediate(() => (startedAt = undefined))
  return false
}
