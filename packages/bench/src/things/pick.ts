/** Walks through all of them in an order without locality, at next to no cost. */
export function pickFrom(ids: readonly string[]): () => string {
  let position = 0
  return () => {
    position = (position + stride) % ids.length
    return ids[position] ?? ''
  }
}

/** A prime, so that it meets every position. */
const stride = 7_919
