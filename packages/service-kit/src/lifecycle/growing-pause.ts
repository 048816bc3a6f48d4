export interface PauseBounds {
  readonly firstMs: number
  readonly longestMs: number
}

/** Doubles with every failure after the first, up to the longest; the last half is drawn at random, so that many do not come back at once. */
export function growingPause(failures: number, { firstMs, longestMs }: PauseBounds): number {
  const fullMs = Math.min(longestMs, firstMs * 2 ** Math.min(Math.max(failures - 1, 0), 30))
  return Math.round(fullMs * (0.5 + Math.random() / 2))
}
