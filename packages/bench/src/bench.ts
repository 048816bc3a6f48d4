import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { compare, type Bench, type CompareOptions, type Row } from './compare.ts'
import { prepareOrderBench } from './order/order-bench.ts'
import { prepareReadBench } from './read/read-bench.ts'

const benches: Readonly<Record<string, () => Promise<Bench>>> = { order: prepareOrderBench, read: prepareReadBench }

const usage = `usage: pnpm bench <${Object.keys(benches).join('|')}> [--rounds 7] [--leg-ms 1000] [--only <text>] [--json]`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    'leg-ms': { type: 'string', default: '1000' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
})
const name = positionals[0] ?? ''
const prepare = benches[name]
const rounds = Number(values.rounds)
const legMs = Number(values['leg-ms'])
if (prepare === undefined || !Number.isInteger(rounds) || rounds < 1 || !(legMs >= 50)) {
  console.error(usage)
  process.exit(64)
}

const bench = await prepare()
try {
  const onRound: CompareOptions['onRound'] = (path, round) => process.stderr.write(`\r\u001B[K${path}: round ${round} of ${rounds}`)
  const rows: Row[] = []
  for (const comparison of bench.comparisons.filter(({ path }) => path.includes(values.only))) {
    rows.push(await compare(comparison, { rounds, legMs, onRound }))
  }
  process.stderr.write('\r\u001B[K')
  console.log(describeRows(rows))
  if (values.json) console.log(JSON.stringify({ name, rounds, rows }))
} finally {
  await bench.stop()
}

function describeRows(rows: readonly Row[]): string {
  const table = new Table({
    head: ['path', 'over', 'throughput', 'quartiles', 'CPU per operation', 'per second here'],
    style: { head: [], border: [] },
  })
  for (const { path, baseline, ratio, low, high, cpuRatio, perSecond } of rows) {
    table.push([path, baseline, `${ratio} ×`, `${low} to ${high}`, `${cpuRatio} ×`, String(perSecond)])
  }
  return `${table.toString()}\nThroughput: more is better. CPU: less is better. Medians of ${rounds} interleaved rounds of ${legMs} ms.`
}
