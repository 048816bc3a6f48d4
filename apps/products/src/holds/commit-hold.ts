import type { Hold } from '@polystore/contracts'
import type { MongoTransaction } from '@polystore/db-core/mongo'
import { Problem } from '@polystore/service-kit'
import { inHoldTransaction, type HoldDependencies } from './hold-dependencies.ts'
import { moveLines, skusOf } from './hold-lines.ts'

export interface HoldCommand {
  readonly orderId: string
  readonly signal?: AbortSignal | undefined
}

/** Held stock is sold; repeating it changes nothing. @throws Problem not-found, invalid-transition */
export async function commitHold(dependencies: HoldDependencies, { orderId, signal }: HoldCommand): Promise<Hold> {
  const { holds, writeQueue, crash } = dependencies
  const stored = await holds.findHold(orderId)
  const commit = (): Promise<Hold> => inHoldTransaction(dependencies, (tx) => commitOnce(dependencies, orderId, tx))
  const hold = await writeQueue.run(skusOf(stored), commit, signal)
  crash('after-commit-hold')
  return hold
}

async function commitOnce(dependencies: HoldDependencies, orderId: string, tx: MongoTransaction): Promise<Hold> {
  const hold = await dependencies.holds.findHold(orderId, tx)
  if (hold === undefined) throw new Problem('not-found', { detail: 'The order has no hold.' })
  switch (hold.state) {
    case 'COMMITTED':
      return hold
    case 'RELEASED':
    case 'REJECTED':
    case 'TOMBSTONE':
      throw new Problem('invalid-transition', { detail: `The hold is ${hold.state} and cannot be committed.` })
    case 'HELD':
      await dependencies.holds.changeState(orderId, { from: 'HELD', to: 'COMMITTED' }, tx)
      await moveLines(
        dependencies,
        { orderId, lines: hold.lines, from: 'reserved', to: 'sold', kind: 'commit', reason: 'order confirmed' },
        tx,
      )
      return { ...hold, state: 'COMMITTED' }
  }
}
