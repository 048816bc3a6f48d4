import Table from 'cli-table3'
import type { DemoReport } from './run-demo.ts'

/** The report as people read it. */
export function describeReport(report: DemoReport): string {
  const facts = new Table({ head: ['what', 'count'], style: { head: [], border: [] }, colAligns: ['left', 'right'] })
  facts.push(
    ['rows read', report.rows],
    ...Object.entries(report.refusedRows).map(([reason, count]): [string, number] => [`  refused: ${reason}`, count]),
    ['invoices with too many lines', report.refusedInvoices],
    ['products on sale', report.products - report.refusedProducts],
    ['customers registered', report.customers],
    ['orders placed', report.orders],
    ['  accepted', report.accepted],
    ['  refused, not enough stock', report.refused],
    ['revenue', `£${(report.revenueCents / 100).toLocaleString('en-GB', { minimumFractionDigits: 2 })}`],
    ['attempts made again', report.retries],
    ['orders per second', Math.round(report.orders / report.seconds)],
  )
  const checks = new Table({ head: ['oracle', 'compared', 'holds'], style: { head: [], border: [] } })
  for (const { name, ok, compared, broken } of report.checks) {
    checks.push([name, compared, ok ? 'yes' : `NO: ${broken.join(', ')}`])
  }
  return `${facts.toString()}\n${checks.toString()}`
}
