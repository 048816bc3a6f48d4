import type { Hold } from '@polystore/contracts'
import type { MongoTransaction } from '@polystore/db-core/mongo'
import type { HoldCommand } from './commit-hold.ts'
import { inHoldTransaction, type HoldDependencies } from './hold-dependencies.ts'
import { moveLines, skusOf } from './hold-lines.ts'

/**
 * Held or sold stock becomes available again; repeating it changes nothing.
 * Without a hold a TOMBSTONE is left, which refuses the reserve that is still on its way.
 */
export async function releaseHold(dependencies: HoldDependencies, { orderId, signal }: HoldCommand): Promise<Hold> {
  const { holds, writeQueue, crash } = dependencies
  const stored = await holds.findHold(orderId)
  const release = (): Promise<Hold> => inHoldTransaction(dependencies, (tx) => releaseOnce(dependencies, orderId, tx))
  const hold = await writeQueue.run(skusOf(stored), release, signal)
  crash('after-release-hold')
  return hold
}

async function releaseOnce(dependencies: HoldDependencies, orderId: string, tx: MongoTransaction): Promise<Hold> {
  const { holds } = dependencies
  const hold = await holds.findHold(orderId, tx)
  if (hold === undefined) return holds.insert(orderId, { state: 'TOMBSTONE' }, tx)
  switch (hold.state) {
    case 'RELEASED':
    case 'REJECTED':
    case 'TOMBSTONE':
      return hold
    case 'HELD':
      await holds.changeState(orderId, { from: 'HELD', to: 'RELEASED' }, tx)
      await moveLines(
        dependencies,
        { orderId, lines: hold.lines, from: 'reserved', to: 'available', kind: 'release', reason: 'order cancelled' },
        tx,
      )
      return { ...hold, state: 'RELEASED' }
    case 'COMMITTED':
      await holds.changeState(orderId, { from: 'COMMITTED', to: 'RELEASED' }, tx)
      await moveLines(
        dependencies,
        { orderId, lines: hold.lines, from: 'sold', to: 'available', kind: 'return', reason: 'confirmed order cancelled' },
        tx,
      )
      return { ...hold, state: 'RELEASED' }
  }
}
