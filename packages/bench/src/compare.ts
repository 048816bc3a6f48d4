import { setImmediate as turn } from 'node:timers/promises'

/** What one leg did in its time. */
export interface Measure {
  readonly operations: number
  readonly seconds: number
  /** CPU seconds of the processes under test. */
  readonly cpuSeconds: number
}

/** One way of doing the work, run for about this long. */
export type Leg = (milliseconds: number) => Promise<Measure>

export interface Comparison {
  readonly path: string
  /** What the ratio is over. */
  readonly baseline: string
  readonly ours: Leg
  readonly theirs: Leg
}

/** Comparisons with everything they need running, and how to stop it. */
export interface Bench {
  readonly comparisons: readonly Comparison[]
  stop(): Promise<void>
}

/** Ratios are ours over the baseline: throughput, so more is better; CPU per operation, so less is better. */
export interface Row {
  readonly path: string
  readonly baseline: string
  /** Median of the ratios of the rounds. */
  readonly ratio: number
  /** First and third quartile. */
  readonly low: number
  readonly high: number
  readonly cpuRatio: number
  /** Operations per second, median, on this machine at this moment. */
  readonly perSecond: number
}

export interface CompareOptions {
  readonly rounds: number
  readonly legMs: number
  readonly onRound: (path: string, round: number) => void
}

/** Runs both ways in turn, the first changing from round to round, after one round that does not count. */
export async function compare(comparison: Comparison, options: CompareOptions): Promise<Row> {
  const { path, baseline } = comparison
  await comparison.ours(options.legMs / 2)
  await comparison.theirs(options.legMs / 2)
  const rounds: { ours: Measure; theirs: Measure }[] = []
  for (let round = 0; round < options.rounds; round++) {
    options.onRound(path, round + 1)
    rounds.push(await oneRound(comparison, options.legMs, round % 2 === 0))
  }
  const ratios = rounds.map(({ ours, theirs }) => rate(ours) / rate(theirs))
  return {
    path,
    baseline,
    ratio: round3(quantile(ratios, 0.5)),
    low: round3(quantile(ratios, 0.25)),
    high: round3(quantile(ratios, 0.75)),
    cpuRatio: round3(
      quantile(
        rounds.map(({ ours, theirs }) => cpu(ours) / cpu(theirs)),
        0.5,
      ),
    ),
    perSecond: Math.round(
      quantile(
        rounds.map(({ ours }) => rate(ours)),
        0.5,
      ),
    ),
  }
}

async function oneRound({ ours, theirs }: Comparison, legMs: number, oursFirst: boolean): Promise<{ ours: Measure; theirs: Measure }> {
  if (oursFirst) {
    const first = await ours(legMs)
    return { ours: first, theirs: await theirs(legMs) }
  }
  const first = await theirs(legMs)
  return { ours: await ours(legMs), theirs: first }
}

/** A leg that repeats one operation `width` at once; `cpuSeconds` reads the clock of the processes under test. */
export function repeat(width: number, operation: () => Promise<unknown>, cpuSeconds: () => number = ownCpuSeconds): Leg {
  return async (milliseconds) => {
    const cpuBefore = cpuSeconds()
    const started = performance.now()
    const end = started + milliseconds
    let operations = 0
    const loop = async (): Promise<void> => {
      while (performance.now() < end) {
        await operation()
        operations++
      }
    }
    await Promise.all(Array.from({ length: width }, loop))
    const seconds = (performance.now() - started) / 1_000
    const measure = { operations, seconds, cpuSeconds: cpuSeconds() - cpuBefore }
    await turn()
    return measure
  }
}

function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000_000
}

function rate({ operations, seconds }: Measure): number {
  return operations / seconds
}

function cpu({ operations, cpuSeconds }: Measure): number {
  return cpuSeconds / operations
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  const position = (sorted.length - 1) * share
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}

function round3(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
