import { startPostgres } from '@polystore/dev-stack'
import type { Bench, Contest, Observation, PrepareBench } from '../contest.ts'
import { createThings } from '../things/things-table.ts'
import { ageBy, agedLeg, freshLeg } from './ageing.ts'
import { subjects, type Subject } from './subjects.ts'

const rowCount = 10_000
const width = 32

/** CPU per query of a handle that has served many queries under saturation, against a fresh one of the same kind, in the same process. */
export const prepareSustainedBench: PrepareBench = async (cleanUp): Promise<Bench> => {
  const server = await startPostgres({})
  cleanUp.defer(async () => server.stop())
  await createThings(server.url, { rows: rowCount })
  const contests: Contest[] = []
  const observations: Observation[] = []
  for (const subject of subjects(server.url, rowCount)) {
    const handle = subject.open()
    cleanUp.defer(async () => handle.close())
    const tenths = await ageBy(subject.queries, handle, width)
    observations.push({ text: describeTenths(subject, tenths) })
    contests.push({
      path: `${subject.name}, ${width} at once`,
      ours: [{ name: `after ${subject.queries} queries`, leg: agedLeg(handle, width) }],
      baselines: [{ name: 'fresh', leg: freshLeg(subject.open, width) }],
      goals: subject.isOurs ? [{ metric: 'cpu', over: 'fresh', atMost: 1.1 }] : [],
    })
  }
  return { contests, observe: () => Promise.resolve(observations) }
}

function describeTenths({ name, queries }: Subject, tenths: readonly number[]): string {
  const ratio = (tenths.at(-1) ?? Number.NaN) / (tenths[0] ?? Number.NaN)
  const list = tenths.map((microseconds) => microseconds.toFixed(1)).join(', ')
  return `${name}: µs CPU per query in each tenth of ${queries} queries: ${list}; last over first ${ratio.toFixed(2)} ×`
}
