import { setTimeout as pause } from 'node:timers/promises'

/** Looks again and again until `look` answers something other than undefined; an error after `withinMs`. */
export async function eventually<Result>(look: () => Promise<Result | undefined>, withinMs = 15_000): Promise<Result> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const seen = await look()
    if (seen !== undefined) return seen
    if (Date.now() > deadline) throw new Error(`nothing was seen within ${withinMs} ms`)
    await pause(20)
  }
}
