import { z } from 'zod'
import type { PlannedOrder } from './build-plan.ts'
import { inParallel } from './in-parallel.ts'
import type { Shop } from './shop.ts'

/** What became of one key. */
export interface Placed {
  readonly order: PlannedOrder
  readonly key: string
  readonly outcome: 'accepted' | 'refused'
  readonly orderId: string
  readonly totalCents: number | null
  /** Ids that the answers to this key named; more than one would be two orders. */
  readonly orderIds: ReadonlySet<string>
}

const accepted = z.looseObject({ id: z.string(), totalCents: z.int() })
const refused = z.looseObject({ type: z.string(), orderId: z.string() })

export interface Replay {
  readonly orders: readonly PlannedOrder[]
  readonly tokens: ReadonlyMap<string, string>
  readonly run: string
  readonly width: number
  readonly onPlaced: () => void
}

/** Places every order under its own key, every tenth twice at the same moment. */
export async function replayOrders(shop: Shop, replay: Replay): Promise<Placed[]> {
  return inParallel(replay.orders, replay.width, async (order, index) => {
    const key = `${replay.run}-${order.invoice}`
    const token = replay.tokens.get(order.customer) ?? ''
    const times = index % 10 === 9 ? 2 : 1
    const answers = await Promise.all(Array.from({ length: times }, async () => place(shop, order, key, token)))
    replay.onPlaced()
    const [first] = answers
    if (first === undefined) throw new Error('no answer')
    return { ...first, orderIds: new Set(answers.map(({ orderId }) => orderId)) }
  })
}

async function place(shop: Shop, order: PlannedOrder, key: string, token: string): Promise<Omit<Placed, 'orderIds'>> {
  const { status, body } = await shop.call({
    method: 'POST',
    path: '/orders',
    token,
    body: { lines: order.lines },
    headers: { 'idempotency-key': key },
  })
  if (status === 201) {
    const { id, totalCents } = accepted.parse(body)
    return { order, key, outcome: 'accepted', orderId: id, totalCents }
  }
  if (status !== 409) throw new Error(`invoice ${order.invoice} answered ${status}: ${JSON.stringify(body)}`)
  return { order, key, outcome: 'refused', orderId: refused.parse(body).orderId, totalCents: null }
}
