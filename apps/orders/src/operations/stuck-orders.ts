import type { UnfinishedOrder, UnfinishedOrderRepository } from '../recovery/unfinished-order-repository.ts'
import type { Outcome } from './outcome.ts'

/** Orders whose state has not changed for so long though something is left to do. */
export async function listStuck(unfinished: UnfinishedOrderRepository, olderThanSeconds: number): Promise<Outcome> {
  const orders = await unfinished.list({ olderThanSeconds })
  const text = [`${orders.length} unfinished for longer than ${olderThanSeconds} s`, ...orders.map(lineOf)].join('\n')
  return { report: { olderThanSeconds, orders }, text, isClean: orders.length === 0 }
}

/** Named orders, or all that have not changed for so long, are tried again at once. */
export async function redriveStuck(
  unfinished: UnfinishedOrderRepository,
  { orderIds, olderThanSeconds }: { readonly orderIds: readonly string[]; readonly olderThanSeconds: number },
): Promise<Outcome> {
  const redriven = await unfinished.redrive({ orderIds, olderThanSeconds })
  const left = orderIds.filter((id) => !redriven.includes(id))
  const text = [
    `${redriven.length} made due`,
    ...redriven.map((id) => `  ${id}`),
    ...left.map((id) => `  ${id}: nothing is left to do, or no such order`),
  ].join('\n')
  return { report: { redriven, left }, text, isClean: left.length === 0 }
}

function lineOf({ id, status, attempts, lastError, ageSeconds }: UnfinishedOrder): string {
  return `  ${id} ${status} for ${ageSeconds} s, ${attempts} failed attempts${lastError === null ? '' : `, last: ${lastError}`}`
}
