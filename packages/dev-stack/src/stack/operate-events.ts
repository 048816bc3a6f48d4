import { parseArgs } from 'node:util'
import { runServiceFile } from './run-service-file.ts'

const services = ['auth', 'orders', 'products'] as const
const commands = ['depth', 'failed', 'redrive']

const usage = `usage: pnpm events depth|failed|redrive [--service ${services.join('|')}] [--json]
       pnpm events failed [--limit <number>], pnpm events redrive [<event id>]

What waits in outboxes and queues, and what could not be applied, service by service; --json writes a line for each.
`

/** A command on the events of one service or of all; answers the highest of their exit codes. */
export async function operateEvents(args: readonly string[]): Promise<number> {
  const wish = readWish(args)
  if (wish === undefined) {
    process.stderr.write(usage)
    return 64
  }
  let code = 0
  for (const service of wish.services) code = Math.max(code, await runServiceFile(service, 'events-operator.ts', wish.args))
  return code
}

interface Wish {
  readonly services: readonly (typeof services)[number][]
  readonly args: readonly string[]
}

function readWish(args: readonly string[]): Wish | undefined {
  try {
    const options = { service: { type: 'string' }, limit: { type: 'string' }, json: { type: 'boolean' } } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const { service, limit, json = false } = values
    const chosen = services.filter((name) => service === undefined || name === service)
    if (chosen.length === 0 || !commands.some((command) => command === positionals[0])) return undefined
    const flags = [...(limit === undefined ? [] : ['--limit', limit]), ...(json ? ['--json'] : [])]
    return { services: chosen, args: [...positionals, ...flags] }
  } catch {
    return undefined
  }
}
