import { setTimeout as pause } from 'node:timers/promises'
import type { ServiceName } from '@polystore/dev-stack'
import type { Observation } from '../contest.ts'
import { announceCustomers } from './buyers.ts'
import type { Scene } from './flash-sale.ts'
import { directShop } from './shops.ts'

const width = 128
const loadMs = 2_000
/** The load goes on past the kill, and ends long before anything is up again. */
const pastKillMs = 200
const goalSeconds = 5

/** SIGKILL in the middle of full load; the clock runs from the moment when everything is ready again. */
export async function killAtFullLoad(
  { stack, makeLoad, ordersAtWork }: Scene,
  { skus, killed }: { skus: readonly string[]; killed: readonly ServiceName[] },
): Promise<Observation> {
  const shop = directShop(stack, await announceCustomers(stack, width))
  const job = { port: shop.port, path: shop.path, buyers: [...shop.buyers()], skus: [...skus], lines: 2, width }
  const loading = makeLoad({ ...job, milliseconds: loadMs + pastKillMs, orders: Number.MAX_SAFE_INTEGER })
  await pause(loadMs)
  const victims = killed.flatMap((name) => stack.processes.get(name) ?? [])
  await Promise.all(victims.map(async (victim) => victim.kill('SIGKILL')))
  const found = await ordersAtWork.left()
  await Promise.all(victims.map(async (victim) => victim.ready()))
  const readyAt = performance.now()
  await ordersAtWork.until(({ unfinished }) => unfinished === 0)
  const terminalMs = performance.now() - readyAt
  const { statuses, broken } = await loading
  await ordersAtWork.rest()
  const restMs = performance.now() - readyAt
  return {
    text: `SIGKILL of ${killed.join(' and ')} under ${width} buyers (${statuses['201'] ?? 0} orders placed, ${broken} connections cut, ${found.unfinished} orders unfinished, ${found.undelivered} events to deliver): all terminal ${Math.round(terminalMs)} ms after the restart, all settled ${Math.round(restMs)} ms after it`,
    met: terminalMs <= goalSeconds * 1_000,
  }
}
