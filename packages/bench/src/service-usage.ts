import { z } from 'zod'
import type { Child } from './children.ts'

const usage = z.object({ cpuSeconds: z.number(), rssMb: z.number(), importMs: z.number() })

/** What a service that announced itself has used so far. */
export async function askUsage(child: Child): Promise<z.output<typeof usage>> {
  const answer = child.message()
  child.send({})
  return usage.parse(await answer)
}

/** Where it listens; the first thing that it says. */
export async function portOf(child: Child): Promise<number> {
  return z.object({ port: z.number() }).parse(await child.message()).port
}
