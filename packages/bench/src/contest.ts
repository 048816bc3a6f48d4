import type { Leg, Metric } from './measure.ts'

/** A way of doing the work, by name. */
export interface Way {
  readonly name: string
  readonly leg: Leg
  /** It does less work than the others: shown, but never the fastest baseline. */
  readonly lesser?: boolean
}

/** A bound on the ratio of ours to a baseline. */
export type Goal = { readonly metric: Metric; readonly over: string } & ({ readonly atLeast: number } | { readonly atMost: number })

/** A goal over whichever baseline turns out to be the fastest. */
export const fastest = 'the fastest baseline'

/** Ways that do the same work; all of them run in every round. */
export interface Contest {
  readonly path: string
  readonly ours: readonly Way[]
  readonly baselines: readonly Way[]
  readonly goals: readonly Goal[]
  /** For legs that take their own time whatever they are given; else as the command says. */
  readonly rounds?: number
}

/** Something measured once, outside the rounds. */
export interface Observation {
  readonly text: string
  /** Undefined without a goal. */
  readonly met?: boolean
}

export interface Bench {
  readonly contests: readonly Contest[]
  observe?(): Promise<readonly Observation[]>
}

/** Starts what a bench needs; what `cleanUp` is given runs at the end, also after a failure. */
export type PrepareBench = (cleanUp: AsyncDisposableStack) => Promise<Bench>

export function meets(ratio: number, goal: Goal): boolean {
  return 'atLeast' in goal ? ratio >= goal.atLeast : ratio <= goal.atMost
}

export function describeGoal(goal: Goal): string {
  return 'atLeast' in goal ? `≥ ${goal.atLeast} ×` : `≤ ${goal.atMost} ×`
}
