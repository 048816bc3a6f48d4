import { setImmediate as turn } from 'node:timers/promises'

/** What is measured, and in what unit. Of throughput more is better, of everything else less. */
export const units = {
  throughput: '/s',
  /** CPU of the processes under test per operation. */
  cpu: 'µs',
  /** The median of single operations. */
  latency: 'µs',
  /** Resident memory at rest. */
  memory: 'MB',
  /** From the start of the process to its first answer. */
  start: 'ms',
  /** Loading the program's modules. */
  import: 'ms',
} as const

export type Metric = keyof typeof units

/** What one leg found. */
export type Measure = Readonly<Partial<Record<Metric, number>>>

/** One way of doing the work, run for about this long. */
export type Leg = (milliseconds: number) => Promise<Measure>

interface Work {
  readonly operations: number
  readonly seconds: number
  readonly cpuSeconds: number
}

export function rates({ operations, seconds, cpuSeconds }: Work): Measure {
  return { throughput: operations / seconds, cpu: (cpuSeconds / operations) * 1_000_000 }
}

/** A leg that repeats one operation `width` at once; `cpuSeconds` reads the clock of the processes under test. */
export function repeat(width: number, operation: () => Promise<unknown>, cpuSeconds: () => number = ownCpuSeconds): Leg {
  return width === 1 ? oneByOne(operation, cpuSeconds) : atOnce(width, operation, cpuSeconds)
}

function atOnce(width: number, operation: () => Promise<unknown>, cpuSeconds: () => number): Leg {
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
    const measure = rates({ operations, seconds: secondsSince(started), cpuSeconds: cpuSeconds() - cpuBefore })
    await turn()
    return measure
  }
}

/** Alone each operation has a latency of its own; its median forgives what the machine does meanwhile. */
function oneByOne(operation: () => Promise<unknown>, cpuSeconds: () => number): Leg {
  return async (milliseconds) => {
    const latencies: number[] = []
    const cpuBefore = cpuSeconds()
    const started = performance.now()
    let now = started
    while (now < started + milliseconds) {
      const before = now
      await operation()
      now = performance.now()
      latencies.push(now - before)
    }
    const work = { operations: latencies.length, seconds: secondsSince(started), cpuSeconds: cpuSeconds() - cpuBefore }
    return { ...rates(work), latency: quantile(latencies, 0.5) * 1_000 }
  }
}

export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000_000
}

export function secondsSince(started: number): number {
  return (performance.now() - started) / 1_000
}

/** Interpolates between neighbours; NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  const position = (sorted.length - 1) * share
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}
