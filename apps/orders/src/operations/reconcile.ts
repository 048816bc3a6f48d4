import { reconcileStock, type StockReport } from '../reconciliation/reconcile-stock.ts'
import type { Outcome } from './outcome.ts'

type Dependencies = Parameters<typeof reconcileStock>[0]

/** Compares stock with its ledger, its holds and their orders, and repairs on demand. */
export async function reconcile(dependencies: Dependencies, repair: boolean): Promise<Outcome> {
  const report = await reconcileStock(dependencies, repair)
  const isClean = report.drifts.length + report.orphans.length <= report.repaired
  return { report, text: describe(report), isClean }
}

function describe({ skus, drifts, orphans, repaired }: StockReport): string {
  const lines = [`${skus} SKUs compared, ${drifts.length} in drift, ${orphans.length} orphan holds, ${repaired} repaired`]
  for (const { sku, broken, audit } of drifts) lines.push(`  ${sku}: ${broken.join(', ')} ${JSON.stringify(audit)}`)
  for (const { orderId, remedy } of orphans) lines.push(`  hold ${orderId}: ${remedy}`)
  return lines.join('\n')
}
