import { connectPostgres } from '@polystore/db-core/sql'
import { createServiceClient, databaseOptions, parseConfig } from '@polystore/service-kit'
import { ordersConfig } from './config.ts'
import { OrderRepository } from './orders/order-repository.ts'
import { ProductsClient } from './orders/products-client.ts'
import { reconcileStock, type StockReport } from './reconciliation/reconcile-stock.ts'

const usage = 'usage: orders reconcile [--repair] [--json]'

const [command, ...flags] = process.argv.slice(2)
if (command !== 'reconcile' || flags.some((flag) => flag !== '--repair' && flag !== '--json')) {
  console.error(usage)
  process.exit(64)
}

const config = parseConfig(ordersConfig, process.env)
const database = connectPostgres(config.DATABASE_URL, databaseOptions({ ...config, LOG_LEVEL: 'silent' }, 'orders-operator'))
const client = createServiceClient({
  baseUrl: config.PRODUCTS_URL,
  caller: 'orders',
  secret: config.INTERNAL_SECRET,
  timeoutMs: 5_000,
})
try {
  const orders = new OrderRepository(database)
  const report = await reconcileStock({ orders, products: new ProductsClient(client) }, flags.includes('--repair'))
  console.log(flags.includes('--json') ? JSON.stringify(report) : describe(report))
  process.exitCode = report.drifts.length + report.orphans.length > report.repaired ? 3 : 0
} finally {
  await Promise.all([client.close(), database.close()])
}

function describe({ skus, drifts, orphans, repaired }: StockReport): string {
  const lines = [`${skus} SKUs compared, ${drifts.length} in drift, ${orphans.length} orphan holds, ${repaired} repaired`]
  for (const { sku, broken, audit } of drifts) lines.push(`  ${sku}: ${broken.join(', ')} ${JSON.stringify(audit)}`)
  for (const { orderId, remedy } of orphans) lines.push(`  hold ${orderId}: ${remedy}`)
  return lines.join('\n')
}
