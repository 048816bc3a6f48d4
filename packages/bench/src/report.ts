import Table from 'cli-table3'
import type { Row } from './compare.ts'
import type { Observation } from './contest.ts'
import { units, type Metric } from './measure.ts'

const titles: Readonly<Record<Metric, string>> = {
  throughput: 'throughput',
  cpu: 'CPU per operation',
  latency: 'latency',
  memory: 'resident memory',
  start: 'start',
  import: 'import',
}

/** A contest as a table: one line for each of our ways over each baseline. */
export function describeContest(rows: readonly Row[]): string {
  const metrics = [...new Set(rows.map(({ metric }) => metric))]
  const table = new Table({
    head: ['ours', 'over', ...metrics.map((metric) => titles[metric]), 'goal'],
    style: { head: [], border: [] },
  })
  for (const pair of Map.groupBy(rows, ({ way, baseline }) => `${way}\n${baseline}`).values()) table.push(lineOf(pair, metrics))
  return `${rows[0]?.path ?? ''}\n${table.toString()}`
}

export function describeObservation({ text, met }: Observation): string {
  return met === undefined ? text : `${text}: ${met ? 'met' : 'MISSED'}`
}

/** How many goals there are and how many are met. */
export function describeGoals(rows: readonly Row[], observations: readonly Observation[]): string {
  const verdicts = [...rows, ...observations].flatMap(({ met }) => met ?? [])
  const met = verdicts.filter(Boolean).length
  return `goals: ${met} met, ${verdicts.length - met} missed`
}

function lineOf(pair: readonly Row[], metrics: readonly Metric[]): string[] {
  const cells = metrics.map((metric) => {
    const row = pair.find((one) => one.metric === metric)
    return row === undefined ? '' : ratioOf(row)
  })
  const goals = pair.flatMap(({ metric, goal, met }) => (goal === undefined ? [] : `${titles[metric]} ${goal}: ${met ? 'yes' : 'NO'}`))
  return [pair[0]?.way ?? '', pair[0]?.baseline ?? '', ...cells, goals.join('\n')]
}

/** The median of the ratios and its quartiles; below, both medians. */
function ratioOf({ metric, ours, theirs, ratio, low, high }: Row): string {
  return `${ratio} × (${low} to ${high})\n${quantity(ours, metric)} : ${quantity(theirs, metric)}`
}

function quantity(value: number, metric: Metric): string {
  const unit = units[metric]
  const text = value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))
  return unit.startsWith('/') ? `${text}${unit}` : `${text} ${unit}`
}
