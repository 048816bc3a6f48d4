import { buyerFaults } from './buyer-faults.ts'
import { crashFaults } from './crash-faults.ts'
import type { Fault } from './fault.ts'
import { frozenFaults } from './frozen-faults.ts'
import { killStorms, randomFaults } from './random-faults.ts'
import { systemFaults } from './system-faults.ts'
import { toxicFaults } from './toxic-faults.ts'

/** Every fault there is, in the order of the design's numbers; the random ones by the seed. */
export function catalogue(random: () => number, ordersPerRound: number): Fault[] {
  const byNumber = [...crashFaults, ...frozenFaults, ...buyerFaults, ...systemFaults].toSorted(
    (one, other) => numberOf(one.id) - numberOf(other.id) || one.id.localeCompare(other.id),
  )
  return [...byNumber, ...toxicFaults, ...killStorms(random, ordersPerRound), ...randomFaults(random, ordersPerRound)]
}

function numberOf(id: string): number {
  return Number.parseInt(id.slice(1), 10)
}
