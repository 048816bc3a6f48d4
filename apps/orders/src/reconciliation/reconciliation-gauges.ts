import { setTimeout as pause } from 'node:timers/promises'
import { isServing, type Service } from '@polystore/service-kit'
import { reconcileStock } from './reconcile-stock.ts'

type Dependencies = Parameters<typeof reconcileStock>[0]

/** The first look comes early, so that the gauges are there soon after a start. */
const firstLookSeconds = 5

/** Compares stock and orders every `intervalSeconds` and shows the drift at /metrics; 0 seconds turns it off. */
export function reconciliationGauges(
  service: Service,
  dependencies: Dependencies,
  intervalSeconds: number,
): { start(): void; stop(): Promise<void> } {
  const stopping = new AbortController()
  let running: Promise<void> | undefined
  let latest: { drifts: number; orphans: number } | undefined

  const drift = service.metrics.meter.createObservableGauge('polystore_stock_drift_skus', {
    description: 'SKUs whose stock, ledger and holds disagree',
  })
  drift.addCallback((result) => latest && result.observe(latest.drifts))
  const orphans = service.metrics.meter.createObservableGauge('polystore_orphan_holds', {
    description: 'Holds that no order works for',
  })
  orphans.addCallback((result) => latest && result.observe(latest.orphans))

  const run = async (): Promise<void> => {
    for (let seconds = Math.min(firstLookSeconds, intervalSeconds); !stopping.signal.aborted; seconds = intervalSeconds) {
      try {
        await pause(seconds * 1_000, undefined, { signal: stopping.signal, ref: false })
        if (!isServing(service)) continue
        const report = await reconcileStock(dependencies, false)
        latest = { drifts: report.drifts.length, orphans: report.orphans.length }
        if (latest.drifts + latest.orphans > 0) service.log.error(latest, 'stock drift')
      } catch (error) {
        if (!stopping.signal.aborted) service.log.warn({ err: error }, 'reconciliation failed')
      }
    }
  }

  return {
    start: () => {
      if (intervalSeconds > 0) running = run()
    },
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}
