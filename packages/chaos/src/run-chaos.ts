import { seededRandom } from '@polystore/demo'
import { catalogue } from './faults/catalogue.ts'
import type { Fault } from './faults/fault.ts'
import { plants } from './plants/plants.ts'
import { runPlant } from './run-plant.ts'
import { requireSound, runRound, type Round } from './run-round.ts'
import { openWorld, type World, type WorldOptions } from './world/world.ts'

export interface ChaosOptions extends Omit<WorldOptions, 'invoices' | 'stockFactor'> {
  /** Fewer faults and fewer orders, for the tests of every change. */
  readonly short: boolean
  /** Why toxiproxy is not there. */
  readonly toxiproxyMissing: string | undefined
  /** Only faults whose id begins so. */
  readonly only?: string | undefined
  readonly onRound?: (round: Round) => void
}

export interface ChaosReport {
  readonly ok: boolean
  readonly seed: number
  readonly transport: 'http' | 'rabbitmq'
  readonly form: 'short' | 'long'
  readonly seconds: number
  readonly rounds: readonly Round[]
}

const mostInvoices = { short: 80, long: 250 }
const sizes = { short: { orders: 24, width: 12 }, long: { orders: 40, width: 16 } }

/** Every fault in turn on one running system, the oracle after each. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { short, seed, transport, only, onRound = () => {} } = options
  const form = short ? 'short' : 'long'
  const all = catalogue(seededRandom(seed + 1), sizes[form].orders)
  const faults = chosen(all, { short, only })
  const started = performance.now()
  const world = await openWorld({ ...options, ...goods(form, (faults.length + plants.length) * sizes[form].orders) })
  try {
    await requireSound(world)
    const rounds: Round[] = []
    for (const fault of faults) {
      const round = await attempt(world, fault, options)
      rounds.push(round)
      onRound(round)
    }
    for (const plant of only === undefined ? plants : plants.filter(({ name }) => only.includes(`P-${name}`))) {
      const round = await runPlant(world, { plant, faults: all, size: sizes[form] })
      rounds.push(round)
      onRound(round)
    }
    const seconds = (performance.now() - started) / 1_000
    return { ok: rounds.every(({ outcome }) => outcome !== 'failed'), seed, transport, form, seconds, rounds }
  } finally {
    await world.close()
  }
}

/** As many invoices as the form reads at most, and stock for all the orders that are made of them. */
function goods(form: ChaosReport['form'], orders: number): Pick<WorldOptions, 'invoices' | 'stockFactor'> {
  const invoices = Math.min(orders, mostInvoices[form])
  return { invoices, stockFactor: Math.ceil(orders / invoices) }
}

function chosen(faults: readonly Fault[], { short, only }: { short: boolean; only: string | undefined }): Fault[] {
  if (only !== undefined) return faults.filter(({ id }) => only.split(',').some((start) => id.startsWith(start)))
  return faults.filter((fault) => fault.short || !short)
}

async function attempt(world: World, fault: Fault, { transport, toxiproxyMissing, short }: ChaosOptions): Promise<Round> {
  const { needs = [] } = fault
  if (needs.includes('toxiproxy') && toxiproxyMissing !== undefined) return leftOut(fault, toxiproxyMissing)
  const other = (['rabbitmq', 'http'] as const).find((wanted) => needs.includes(wanted) && wanted !== transport)
  if (other !== undefined) return leftOut(fault, `needs the transport ${other}`)
  return runRound(world, fault, sizes[short ? 'short' : 'long'])
}

function leftOut({ id, name }: Fault, reason: string): Round {
  const nothing = { placed: 0, refused: 0, cancelled: 0, restarts: 0, recoveryMs: 0, drift: 0, seconds: 0 }
  return { id, name, outcome: 'left out', reasons: [reason], ...nothing }
}
