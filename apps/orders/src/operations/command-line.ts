import { parseArgs } from 'node:util'
import { z } from 'zod'

export const usage = `usage: orders stuck [--older-than <seconds>] [--json]
       orders redrive [<order id> ...] [--older-than <seconds>] [--json]
       orders reconcile [--repair] [--json]`

const json = z.boolean().default(false)
const seconds = z
  .string()
  .regex(/^\d{1,8}$/u)
  .transform(Number)
const noNames = z.tuple([])

const command = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('stuck'), orderIds: noNames, olderThan: seconds.default(60), json }),
  z.strictObject({ name: z.literal('redrive'), orderIds: z.array(z.uuid()).max(1_000), olderThan: seconds.optional(), json }),
  z.strictObject({ name: z.literal('reconcile'), orderIds: noNames, repair: z.boolean().default(false), json }),
])
export type Command = z.output<typeof command>

/** What an operator asks for; undefined when it is no command. */
export function readCommand(args: readonly string[]): Command | undefined {
  try {
    const options = { 'older-than': { type: 'string' }, repair: { type: 'boolean' }, json: { type: 'boolean' } } as const
    const { positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [name, ...orderIds] = positionals
    const { 'older-than': olderThan, ...flags } = values
    return command.safeParse({ name, orderIds, ...flags, ...(olderThan === undefined ? {} : { olderThan }) }).data
  } catch {
    return undefined
  }
}
