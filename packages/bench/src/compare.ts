import { describeGoal, fastest, meets, type Contest, type Goal, type Way } from './contest.ts'
import { quantile, units, type Measure, type Metric } from './measure.ts'

/** One metric of one of our ways over one baseline. */
export interface Row {
  readonly path: string
  readonly way: string
  readonly baseline: string
  readonly metric: Metric
  /** Medians on this machine at this moment. */
  readonly ours: number
  readonly theirs: number
  /** Median of the rounds' ratios, ours over theirs, with its first and third quartile. */
  readonly ratio: number
  readonly low: number
  readonly high: number
  readonly goal?: string
  readonly met?: boolean
}

export interface CompareOptions {
  readonly rounds: number
  readonly legMs: number
  readonly onRound: (path: string, round: number, rounds: number) => void
}

/** The engine compiles what is hot, which costs CPU of its own: the rounds begin when it is done. */
const warmUpLegs = 4

/** What every way measured, round by round. */
type Results = ReadonlyMap<Way, readonly Measure[]>

/** Runs all ways in turn, another one first in each round, after one round that does not count. */
export async function compare(contest: Contest, options: CompareOptions): Promise<Row[]> {
  const ways = [...contest.ours, ...contest.baselines]
  const rounds = contest.rounds ?? options.rounds
  options.onRound(contest.path, 0, rounds)
  for (const { leg } of ways) await leg(options.legMs * warmUpLegs)
  const results = new Map(ways.map((way): [Way, Measure[]] => [way, []]))
  for (let round = 0; round < rounds; round++) {
    options.onRound(contest.path, round + 1, rounds)
    for (const way of inTurn(ways, round)) results.get(way)?.push(await way.leg(options.legMs))
  }
  return rowsOf(contest, results)
}

/** A B C, then C B A, B C A, A C B, …: nobody always follows the same neighbour. */
function inTurn(ways: readonly Way[], round: number): readonly Way[] {
  const first = Math.floor(round / 2) % ways.length
  const turned = [...ways.slice(first), ...ways.slice(0, first)]
  return round % 2 === 0 ? turned : turned.toReversed()
}

function rowsOf(contest: Contest, results: Results): Row[] {
  const leader = contest.baselines
    .filter(({ lesser = false }) => !lesser)
    .toSorted((one, other) => speed(results, other) - speed(results, one))[0]
  return contest.ours.flatMap((way) =>
    contest.baselines.flatMap((baseline) =>
      metricsOf(results, way)
        .filter((metric) => results.get(baseline)?.[0]?.[metric] !== undefined)
        .map((metric) => rowOf({ contest, results, way, baseline, metric, isFastest: baseline === leader })),
    ),
  )
}

interface Pairing {
  readonly contest: Contest
  readonly results: Results
  readonly way: Way
  readonly baseline: Way
  readonly metric: Metric
  readonly isFastest: boolean
}

function rowOf({ contest, results, way, baseline, metric, isFastest }: Pairing): Row {
  const ours = valuesOf(results, way, metric)
  const theirs = valuesOf(results, baseline, metric)
  const ratios = ours.map((value, round) => value / (theirs[round] ?? Number.NaN))
  const ratio = rounded(quantile(ratios, 0.5))
  const goal = contest.goals.find((one) => one.metric === metric && (one.over === baseline.name || (one.over === fastest && isFastest)))
  return {
    path: contest.path,
    way: way.name,
    baseline: baseline.name,
    metric,
    ours: rounded(quantile(ours, 0.5)),
    theirs: rounded(quantile(theirs, 0.5)),
    ratio,
    low: rounded(quantile(ratios, 0.25)),
    high: rounded(quantile(ratios, 0.75)),
    ...(goal && verdict(ratio, goal)),
  }
}

function verdict(ratio: number, goal: Goal): Pick<Row, 'goal' | 'met'> {
  return { goal: describeGoal(goal), met: meets(ratio, goal) }
}

function metricsOf(results: Results, way: Way): Metric[] {
  const first = results.get(way)?.[0] ?? {}
  return metrics.filter((metric) => first[metric] !== undefined)
}

const metrics = Object.keys(units).filter((name): name is Metric => name in units)

function speed(results: Results, way: Way): number {
  return quantile(valuesOf(results, way, 'throughput'), 0.5)
}

function valuesOf(results: Results, way: Way, metric: Metric): number[] {
  return (results.get(way) ?? []).map((measure) => measure[metric] ?? Number.NaN)
}

/** Three significant digits. */
function rounded(value: number): number {
  return Number(value.toPrecision(3))
}
