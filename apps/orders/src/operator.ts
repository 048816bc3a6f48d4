import { connectPostgres } from '@polystore/db-core/sql'
import { createServiceClient, databaseOptions, parseConfig } from '@polystore/service-kit'
import { ordersConfig } from './config.ts'
import { readCommand, usage, type Command } from './operations/command-line.ts'
import type { Outcome } from './operations/outcome.ts'
import { reconcile } from './operations/reconcile.ts'
import { listStuck, redriveStuck } from './operations/stuck-orders.ts'
import { OrderRepository } from './orders/order-repository.ts'
import { ProductsClient } from './orders/products-client.ts'
import { UnfinishedOrderRepository } from './recovery/unfinished-order-repository.ts'

const command = readCommand(process.argv.slice(2))
if (command === undefined) {
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
  const { report, text, isClean } = await run(command)
  console.log(command.json ? JSON.stringify(report) : text)
  process.exitCode = isClean ? 0 : 3
} finally {
  await Promise.all([client.close(), database.close()])
}

async function run(wanted: Command): Promise<Outcome> {
  const unfinished = new UnfinishedOrderRepository(database)
  switch (wanted.name) {
    case 'stuck':
      return listStuck(unfinished, wanted.olderThan)
    case 'redrive':
      // Orders that are named are meant, however young they are.
      return redriveStuck(unfinished, {
        orderIds: wanted.orderIds,
        olderThanSeconds: wanted.olderThan ?? (wanted.orderIds.length > 0 ? 0 : 60),
      })
    case 'reconcile':
      return reconcile({ orders: new OrderRepository(database), products: new ProductsClient(client) }, wanted.repair)
  }
}
