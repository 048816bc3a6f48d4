import { maxRevocationsPerPage, type RevocationPage } from '@polystore/contracts'
import type { ReadRevocation, RevocationRepository } from './revocation-repository.ts'

export interface RevocationDependencies {
  readonly revocations: Pick<RevocationRepository, 'after'>
  /** How long what a revocation is about might still be trusted. */
  readonly keepRevocationsSeconds: number
}

/** Seconds: the clocks of services differ, and the gateway remembers an API key for half a minute. */
const marginSeconds = 120

/** A revocation is told until the last token of before it has expired. */
export function keepRevocationsSeconds(tokenSeconds: number): number {
  return tokenSeconds + marginSeconds
}

/** One page of what was revoked after an id. */
export async function listRevocations(
  { revocations, keepRevocationsSeconds: keepSeconds }: RevocationDependencies,
  after: number,
): Promise<RevocationPage> {
  const rows = await revocations.after({ id: after, keepSeconds })
  const items = rows.map(({ id, kind, subject, at }) => ({ id, kind, subject, at }))
  return { items, settled: settledAmong(rows) ?? after, more: rows.length === maxRevocationsPerPage, keepSeconds }
}

/** The greatest id that is settled: whatever took a smaller one did so earlier, and has committed or failed since. */
function settledAmong(rows: readonly ReadRevocation[]): number | undefined {
  return rows.findLast(({ isSettled }) => isSettled)?.id
}
