import type { Stack } from '@polystore/dev-stack'
import type { Observation } from '../contest.ts'
import type { OrdersAtWork } from './at-rest.ts'
import { announceCustomers } from './buyers.ts'
import type { MakeLoad } from './load.ts'
import type { ShopStock } from './shop-stock.ts'
import { directShop, gatewayShop } from './shops.ts'

const buyerCount = 10_000
const units = 1_000
/** Orders under way at once. */
const width = 1_000

/** What observations are made with. */
export interface Scene {
  readonly stack: Stack
  readonly stock: ShopStock
  readonly makeLoad: MakeLoad
  readonly ordersAtWork: OrdersAtWork
  /** Signs access tokens. */
  readonly secret: string
}

/** 10,000 buyers, each with an account, want one of 1,000 units. */
export async function flashSale(
  { stack, stock, makeLoad, ordersAtWork, secret }: Scene,
  way: 'directly' | 'through the gateway',
): Promise<Observation> {
  const sku = `BENCH-FLASH-${way === 'directly' ? 'DIRECT' : 'GATEWAY'}`
  await stock.fill([{ sku, pieces: units }])
  const userIds = await announceCustomers(stack, buyerCount)
  const shop = way === 'directly' ? directShop(stack, userIds) : gatewayShop(stack, secret, userIds)
  const job = { port: shop.port, path: shop.path, buyers: [...shop.buyers()], skus: [sku], lines: 1 }
  const report = await makeLoad({ ...job, width, milliseconds: 120_000, orders: buyerCount })
  await ordersAtWork.rest()
  const { available, reserved, sold } = await stock.level(sku)
  const isSold = available === 0 && reserved === 0 && sold === units
  const { 201: placed = 0, 409: refused = 0, ...others } = report.statuses
  const isClean = Object.keys(others).length === 0 && report.broken === 0
  const answers = Object.entries(report.statuses).map(([status, count]) => `${count} × ${status}`)
  return {
    text: `flash sale ${way}, ${buyerCount} buyers for ${units} units, ${width} at once: ${answers.join(', ')} in ${report.seconds.toFixed(1)} s, p50 ${report.p50?.toFixed(0)} ms, p99 ${report.p99?.toFixed(0)} ms; ${sold} sold, ${available} left`,
    met: isClean && isSold && placed === units && refused === buyerCount - units,
  }
}
