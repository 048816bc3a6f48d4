import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createIdentitySigner, identityHeader } from '@polystore/service-kit'
import { z } from 'zod'
import type { Buyer } from '../load/buyer.ts'
import { hotSkus } from '../load/load.ts'
import type { World } from '../world/world.ts'
import { arm, callUntil, kill, until } from './crash.ts'
import type { Fault, Scene } from './fault.ts'

const ids = z.array(z.object({ id: z.string() }))
const count = z.object({ count: z.coerce.number() })

/** One process of orders or products freezes at a point, something happens meanwhile, and it wakes. */
export const frozenFaults: readonly Fault[] = [
  {
    id: 'F3',
    name: 'the statement of an order is sent, its connection is lost before the answer',
    short: true,
    needs: ['toxiproxy'],
    strike: loseTheCommit,
  },
  { id: 'F5', name: 'the primary of MongoDB is killed while a hold commits', short: true, strike: killMongoInCommit },
  {
    id: 'F10',
    name: 'an order is cancelled before its stock is reserved: the late reserve is refused',
    short: true,
    strike: cancelBeforeReserve,
  },
  { id: 'F12', name: 'an order expires while it is being confirmed', short: false, strike: expireBeforeConfirm },
  { id: 'F13', name: 'a user cancels while the order is being confirmed', short: false, strike: cancelBeforeConfirm },
  { id: 'F14', name: 'a paused worker wakes after its lease has expired', short: false, strike: wakeAfterLease },
  { id: 'F24', name: 'a user is deactivated between placing and confirming', short: false, strike: deactivateMeanwhile },
]

/** The reply to the statement never arrives; the clients try again with the same keys. */
async function loseTheCommit({ world, load }: Scene): Promise<void> {
  const armed = await arm(world, { process: 'orders', point: 'before-place-commit', signal: 'SIGSTOP' })
  const placed = await callUntil(armed.fired(), async () => {
    await Promise.all(world.buyers.slice(0, 6).map(async (buyer) => buyer.place([{ sku: hotSkus.first, quantity: 1 }])))
  })
  const before = await countOrders(world)
  await world.toxiproxy?.poison('orders>postgres', { type: 'timeout', attributes: { timeout: 0 } }, 'downstream')
  await armed.resume()
  await until(async () => (await countOrders(world)) > before, 'the commit of the frozen statement')
  await world.toxiproxy?.heal()
  load()
  await placed()
}

async function killMongoInCommit({ world, load }: Scene): Promise<void> {
  load()
  const armed = await arm(world, { process: 'products', point: 'before-reserve-commit', signal: 'SIGSTOP' })
  await armed.fired()
  const dying = kill(world, 'mongo', 'SIGKILL')
  await armed.resume()
  await dying
}

async function cancelBeforeReserve(scene: Scene): Promise<void> {
  await cancelWhileFrozenAt('after-place-commit', scene)
}

async function cancelBeforeConfirm(scene: Scene): Promise<void> {
  await cancelWhileFrozenAt('before-confirm-commit', scene)
}

/** Whatever is pending is cancelled by staff at the other process of orders. */
async function cancelWhileFrozenAt(point: string, { world, load }: Scene): Promise<void> {
  const running = load()
  await running.answered(3)
  const armed = await arm(world, { process: 'orders', point, signal: 'SIGSTOP' })
  await armed.fired()
  const pending = await pendingOrders(world)
  const statuses = await Promise.all(pending.map(async (id) => cancelAtSecond(world, id)))
  await armed.resume()
  await running.done
  world.ledger.cancelledByStaff(pending)
  if (!statuses.includes(200)) throw new Error(`no pending order could be cancelled: ${statuses.join(', ')}`)
}

async function expireBeforeConfirm({ world, load }: Scene): Promise<void> {
  const running = load()
  await running.answered(3)
  const armed = await arm(world, { process: 'orders', point: 'before-confirm-commit', signal: 'SIGSTOP' })
  await armed.fired()
  const { orders } = world.stores
  const expired = ids.parse(await orders`update orders set expires_at = now(), next_run_at = now() where status = 'PENDING' returning id`)
  await until(async () => (await countUnfinished(world, expired)) === 0, 'the expiry of the pending orders')
  await armed.resume()
}

/** One worker freezes with its claim; the other process takes the orders over; then the first one wakes. */
async function wakeAfterLease({ world, load }: Scene): Promise<void> {
  const frozen = await arm(world, { process: 'orders', point: 'after-claim', signal: 'SIGSTOP' })
  const running = load()
  await running.answered(3)
  const dying = await arm(world, { process: 'orders-2', point: 'after-reserve', signal: 'SIGKILL' })
  await dying.fired()
  await Promise.race([frozen.fired(), dying.back().then(async () => abandonOrders(world, frozen.fired))])
  await dying.back()
  const claimed = ids.parse(await world.stores.orders`select id from orders where next_run_at is not null`)
  await until(async () => (await countUnfinished(world, claimed)) === 0, 'the take-over of the claimed orders')
  await frozen.resume()
}

/** Writes orders as a process leaves them that dies after it wrote them, until the worker has claimed some. */
async function abandonOrders({ stores }: World, fired: () => Promise<void>): Promise<void> {
  const claimed = await callUntil(fired(), async () => {
    await stores.orders`
      with placed as (
        insert into orders (id, user_id, status, next_run_at, expires_at)
        select gen_random_uuid(), user_id, 'PENDING', now(), now() + interval '15 minutes' from (select distinct user_id from orders limit 5) as buyers
        returning id, user_id
      ),
      keyed as (insert into idempotency_keys (user_id, key, fingerprint, order_id) select user_id, id, 'abandoned', id from placed),
      lined as (insert into order_lines (order_id, line_number, sku, quantity) select id, 1, ${hotSkus.first}, 1 from placed)
      insert into order_history (order_id, to_status, actor) select id, 'PENDING', 'system' from placed`
    await pause(abandonEveryMs)
  })
  await claimed()
}

const abandonEveryMs = 200

async function deactivateMeanwhile({ world, load }: Scene): Promise<void> {
  const [buyer] = await world.newBuyers(1)
  if (buyer === undefined) throw new Error('nobody was registered')
  const lines = [{ sku: hotSkus.first, quantity: 1 }]
  const armed = await arm(world, { process: 'orders', point: 'after-place-commit', signal: 'SIGSTOP' })
  const placed = await callUntil(armed.fired(), async () => {
    await Promise.all([1, 2].map(async () => buyer.order(lines, randomUUID())))
  })
  await world.shop.call({ method: 'POST', path: `/users/${buyer.userId}/deactivate`, token: world.staffToken })
  await armed.resume()
  await placed()
  const running = load()
  await until(async () => (await statusOfNewOrder(buyer)) === 403, 'the refusal of a deactivated user', 5_000)
  await running.done
}

async function statusOfNewOrder(buyer: Buyer): Promise<number | undefined> {
  const answer = await buyer.order([{ sku: hotSkus.first, quantity: 1 }], randomUUID())
  return answer?.status
}

async function countOrders({ stores }: World): Promise<number> {
  const [row] = await stores.orders`select count(*) as count from orders`
  return count.parse(row).count
}

async function pendingOrders({ stores }: World): Promise<string[]> {
  return ids.parse(await stores.orders`select id from orders where status = 'PENDING'`).map(({ id }) => id)
}

async function countUnfinished({ stores }: World, orders: readonly { id: string }[]): Promise<number> {
  const [row] = await stores.orders`
    select count(*) as count from orders where id = any(${orders.map(({ id }) => id)}::uuid[])
      and next_run_at is not null`
  return count.parse(row).count
}

/** Past the gateway, which might ask the frozen process. */
async function cancelAtSecond({ stack }: World, id: string): Promise<number> {
  const sign = createIdentitySigner(stack.environments.orders['INTERNAL_SECRET'] ?? '')
  const identity = sign({ kind: 'user', id: randomUUID(), roles: ['staff'], tokenId: randomUUID() })
  const response = await fetch(`${stack.addresses.get('orders-2')}/orders/${id}/cancel`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [identityHeader]: identity },
    body: '{}',
    signal: AbortSignal.timeout(10_000),
  })
  await response.arrayBuffer()
  return response.status
}
