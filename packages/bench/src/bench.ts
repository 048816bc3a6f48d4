import { parseArgs } from 'node:util'
import { compare, type CompareOptions, type Row } from './compare.ts'
import type { PrepareBench } from './contest.ts'
import { describeContest, describeGoals, describeObservation } from './report.ts'

/** Loaded when it is asked for: a bench that measures memory is started by a small process. */
const benches: Readonly<Record<string, () => Promise<PrepareBench>>> = {
  order: async () => (await import('./order/order-bench.ts')).prepareOrderBench,
  http: async () => (await import('./http/http-bench.ts')).prepareHttpBench,
  write: async () => (await import('./write/write-bench.ts')).prepareWriteBench,
  page: async () => (await import('./page/page-bench.ts')).preparePageBench,
  sustained: async () => (await import('./sustained/sustained-bench.ts')).prepareSustainedBench,
  memory: async () => (await import('./memory/memory-bench.ts')).prepareMemoryBench,
  auth: async () => (await import('./auth/auth-bench.ts')).prepareAuthBench,
  keys: async () => (await import('./keys/keys-bench.ts')).prepareKeysBench,
  read: async () => (await import('./read/read-bench.ts')).prepareReadBench,
}

const usage = `usage: pnpm bench <${Object.keys(benches).join('|')}> [--rounds 9] [--leg-ms 500] [--only <text>] [--json]`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '9' },
    'leg-ms': { type: 'string', default: '500' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
})
const name = positionals[0] ?? ''
const load = benches[name]
const rounds = Number(values.rounds)
const legMs = Number(values['leg-ms'])
if (load === undefined || !Number.isInteger(rounds) || rounds < 1 || !(legMs >= 50)) {
  console.error(usage)
  process.exit(64)
}

await using cleanUp = new AsyncDisposableStack()
const prepare = await load()
progress('starting')
const bench = await prepare(cleanUp)
const onRound: CompareOptions['onRound'] = (path, round, all) => progress(`${path}: round ${round} of ${all}`)
const rows: Row[] = []
for (const contest of bench.contests.filter(({ path }) => path.includes(values.only))) {
  const found = await compare(contest, { rounds, legMs, onRound })
  progress('')
  console.log(describeContest(found))
  rows.push(...found)
}
progress('observing')
const observations = values.only === '' ? ((await bench.observe?.()) ?? []) : []
progress('')
for (const observation of observations) console.log(describeObservation(observation))
const legend = "Ours : theirs, and the median of the rounds' ratios (quartiles); of throughput more is better, of all else less."
console.log(`${describeGoals(rows, observations)}; ${rounds} interleaved rounds. ${legend}`)
if (values.json) console.log(JSON.stringify({ name, rounds, legMs, rows, observations }))

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`)
}
