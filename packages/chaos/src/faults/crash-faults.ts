import { randomUUID } from 'node:crypto'
import type { World } from '../world/world.ts'
import { callUntil, crashAny } from './crash.ts'
import type { Fault } from './fault.ts'

interface CrashEntry {
  readonly id: string
  readonly name: string
  readonly short: boolean
  /** Whichever of its processes comes to the point first. */
  readonly service: 'orders' | 'products'
  readonly point: string
  readonly signal: 'SIGKILL' | 'SIGTERM'
}

const at = (id: string, service: CrashEntry['service'], point: string, name: string, short = false): CrashEntry => ({
  id,
  service,
  point,
  name,
  short,
  signal: 'SIGKILL',
})

/**
 * A process dies at one named point; the rest of the system carries on. Orders are cancelled in every load, so that releases run too.
 * The short form leaves out the points that the tests of orders reach themselves.
 */
const entries: readonly CrashEntry[] = [
  at('F1', 'orders', 'before-place-commit', 'orders dies before an order is committed'),
  at('F2', 'orders', 'after-place-commit', 'orders dies after the commit, before the reply', true),
  at('F4a', 'orders', 'after-relay-claim', 'the relay of orders dies after a claim'),
  at('F4b', 'orders', 'after-relay-deliver', 'the relay of orders dies between delivery and note'),
  at('F4c', 'products', 'after-relay-claim', 'the relay of products dies after a claim'),
  at('F4d', 'products', 'after-relay-deliver', 'the relay of products dies between delivery and note', true),
  at('F4e', 'products', 'before-apply-commit', 'products dies in the transaction of a sale'),
  at('F4f', 'products', 'after-apply-commit', 'MongoDB committed a sale, products dies before it acknowledges', true),
  at('F4g', 'orders', 'before-apply-commit', 'a consumer of orders dies before it commits'),
  at('F4h', 'orders', 'after-apply-commit', 'a consumer of orders dies before it acknowledges'),
  at('F5a', 'products', 'before-reserve-commit', 'products dies in the transaction of a hold'),
  at('F6a', 'products', 'after-reserve-commit', 'MongoDB committed a hold, products dies before the reply', true),
  at('F6b', 'products', 'after-release-hold', 'MongoDB committed a release, products dies before the reply'),
  at('F6c', 'products', 'before-release-hold', 'products dies in the transaction of a release'),
  at('F7a', 'orders', 'after-reserve', 'orders has the reply of the hold and dies'),
  at('F7b', 'orders', 'before-confirm-commit', 'orders dies before it commits the confirmation'),
  at('F8', 'orders', 'after-confirm-commit', 'an order is CONFIRMED, its hold not sold', true),
  at('F9', 'orders', 'after-hold-release', 'the hold is released, orders has not noted it'),
  { ...at('F23a', 'orders', 'before-confirm-commit', 'SIGTERM to orders in mid-flight'), signal: 'SIGTERM' },
  { ...at('F23b', 'products', 'before-reserve-commit', 'SIGTERM to products in mid-flight'), signal: 'SIGTERM' },
]

const replicas = { orders: ['orders', 'orders-2'], products: ['products', 'products-2'] } as const
const ordersBeforeStrike = 5

export const crashFaults: readonly Fault[] = entries.map(({ id, name, short, service, point, signal }) => ({
  id,
  name,
  short,
  strike: async ({ world, load }) => {
    const running = load()
    await running.answered(ordersBeforeStrike)
    const crashed = crashAny(world, { processes: replicas[service], point, signal })
    const bought = await callUntil(crashed, async () => sellOut(world))
    await bought()
  },
}))

/** One purchase of a last piece: an order, its hold, its sale, its cancellation, and events in both directions. */
async function sellOut(world: World): Promise<void> {
  const [buyer] = world.buyers
  const sku = `LAST-${randomUUID().slice(0, 8)}`
  await world.stockUp([{ sku, stock: 1 }])
  const claim = await buyer?.place([{ sku, quantity: 1 }])
  if (claim) await buyer?.cancel(claim)
}
