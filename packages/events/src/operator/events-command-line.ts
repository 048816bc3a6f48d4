import { parseArgs } from 'node:util'
import { z } from 'zod'

export const eventsUsage = `usage: events depth [--json]
       events failed [--limit <number>] [--json]
       events redrive [<event id>] [--json]`

const json = z.boolean().default(false)
const nothing = z.undefined().optional()
const limit = z.coerce.number().int().min(1).max(1_000).default(50)

const command = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('depth'), eventId: nothing, limit: nothing, json }),
  z.strictObject({ name: z.literal('failed'), eventId: nothing, limit, json }),
  z.strictObject({ name: z.literal('redrive'), eventId: z.string().min(1).max(200).optional(), limit: nothing, json }),
])
export type EventsCommand = z.output<typeof command>

/** What an operator asks for; undefined when it is no command. */
export function readEventsCommand(args: readonly string[]): EventsCommand | undefined {
  try {
    const options = { limit: { type: 'string' }, json: { type: 'boolean' } } as const
    const { positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [name, eventId, ...more] = positionals
    return more.length > 0 ? undefined : command.safeParse({ name, eventId, ...values }).data
  } catch {
    return undefined
  }
}
