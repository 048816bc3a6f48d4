import type { Observation } from '../contest.ts'
import type { Subject } from './shops.ts'

const legMs = 3_000

/** Where the CPU of an order goes, by process: with two cores for everything this is what bounds the orders per second. */
export async function describeCpu(
  { shop, makeLoad, rest }: Subject,
  { title, skus }: { readonly title: string; readonly skus: readonly string[] },
): Promise<Observation> {
  const before = shop.cpuSeconds()
  const job = { port: shop.port, path: shop.path, buyers: [...shop.buyers()], skus: [...skus], lines: Math.min(2, skus.length) }
  const report = await makeLoad({ ...job, width: 32, milliseconds: legMs, orders: Number.MAX_SAFE_INTEGER })
  const restMs = await rest()
  const after = shop.cpuSeconds()
  const perOrder = (seconds: number) => Math.round((seconds / (report.statuses['201'] ?? 0)) * 1e6)
  const parts = Object.entries(after).map(([name, seconds]) => `${name} ${perOrder(seconds - (before[name] ?? 0))}`)
  const load = `the load itself ${perOrder(report.cpuSeconds)}`
  const times = `p99 ${report.p99?.toFixed(0) ?? '?'} ms; all settled ${restMs.toFixed(0)} ms after the last answer`
  return { text: `${title}, 32 buyers: µs CPU per order: ${parts.join(', ')}; ${load}; ${times}` }
}
