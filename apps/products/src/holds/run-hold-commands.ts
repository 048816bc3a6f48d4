import type { HoldOutcome } from '@polystore/contracts'
import type { StockTurns } from '../stock/stock-turns.ts'
import type { HoldCommand } from './hold.ts'
import type { HoldRepository } from './hold-repository.ts'

export interface HoldDependencies {
  readonly holds: HoldRepository
  readonly stockTurns: StockTurns<readonly HoldCommand[], readonly HoldOutcome[]>
}

/** Lines that count as much as an order by itself: an order of many takes the room of several. */
const linesPerSize = 16

/**
 * Does commands of orders, once each: whoever asks again, with whatever lines, gets the stored result. They share a transaction with
 * what others ask at the same time, and are answered by themselves. @throws UnavailableError; the signal's reason
 */
export async function runHoldCommands(
  { stockTurns }: HoldDependencies,
  commands: readonly HoldCommand[],
  signal?: AbortSignal,
): Promise<HoldOutcome[]> {
  return [...(await stockTurns.together(commands, sizeOf(commands), signal))]
}

function sizeOf(commands: readonly HoldCommand[]): number {
  let size = 0
  for (const command of commands) size += command.kind === 'reserve' ? Math.ceil(command.lines.length / linesPerSize) : 1
  return size
}
