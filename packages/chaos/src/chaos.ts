import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { summaryOf, writeReport } from './report/report.ts'
import { runChaos } from './run-chaos.ts'
import type { Round } from './run-round.ts'
import { toxiproxyBinary } from './toxiproxy/toxiproxy-binary.ts'

const usage = `usage: pnpm chaos [seed] [--short] [--transport http|rabbitmq] [--only <ids>] [--file <csv>] [--json]
  seed         of the load and of the random faults; the same seed replays a run (1)
  --short      fewer faults and orders
  --transport  how events travel (http)
  --only       faults whose ids begin so, separated by commas: --only F5,T1
  --file       a CSV with the columns of the UCI data set "Online Retail"; DEMO_FILE is another way to say so;
               without either a sample of the same shape is made
  --json       end with the report as one line of JSON`

const reports = fileURLToPath(new URL('../../../.polystore/chaos/', import.meta.url))

const { values, seed, transport } = readArguments()
const binary = await toxiproxyBinary(process.env, say)
if ('missing' in binary) say(binary.missing)
const report = await runChaos({
  seed,
  transport,
  short: values.short,
  only: values.only,
  file: values.file ?? process.env['DEMO_FILE'],
  toxiproxy: 'file' in binary ? binary.file : undefined,
  toxiproxyMissing: 'missing' in binary ? binary.missing : undefined,
  log: () => {},
  onRound: (round) => say(lineOf(round)),
})
const written = await writeReport(report, reports)
say(`${summaryOf(report)}\n${path.relative(process.cwd(), written.markdown)}\n${path.relative(process.cwd(), written.html)}`)
if (values.json) console.log(JSON.stringify(report))
process.exitCode = report.ok ? 0 : 1

function readArguments() {
  try {
    const { values: given, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        short: { type: 'boolean', default: false },
        transport: { type: 'string', default: 'http' },
        only: { type: 'string' },
        file: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    const number = Number(positionals[0] ?? '1')
    if (given.help || !Number.isInteger(number) || positionals.length > 1) return refuse(given.help ? 0 : 64)
    if (given.transport !== 'http' && given.transport !== 'rabbitmq') return refuse(64)
    return { values: given, seed: number, transport: given.transport } as const
  } catch {
    return refuse(64)
  }
}

function refuse(code: number): never {
  console.error(usage)
  process.exit(code)
}

function say(line: string): void {
  console.error(line)
}

function lineOf({ id, name, outcome, reasons, placed, refused, cancelled, restarts, recoveryMs, drift, seconds }: Round): string {
  const numbers = `${placed} placed, ${refused} refused, ${cancelled} cancelled, ${restarts} restarts, recovery ${recoveryMs} ms, drift ${drift}, ${seconds.toFixed(1)} s`
  const why = reasons.map((reason) => `\n    ${reason}`).join('')
  return `${outcome.padEnd(8)} ${id.padEnd(18)} ${name}${outcome === 'left out' ? '' : ` (${numbers})`}${why}`
}
