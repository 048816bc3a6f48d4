import { eventConfig } from '@polystore/events'
import { commonConfig, configInteger, configPort, configUrl, databaseConfig } from '@polystore/service-kit'
import { z } from 'zod'

const services = ['http:', 'https:']

/** Every variable that the orders service reads. */
export const ordersConfig = z.object({
  ...commonConfig,
  ...databaseConfig,
  ...eventConfig,
  PORT: configPort().default(4003).meta({ description: 'Port to listen on' }),
  PRODUCTS_URL: configUrl(services).meta({ description: 'Address of products' }),
  AUTH_URL: configUrl(services).meta({ description: 'Address of auth' }),
  ORDER_GRACE_SECONDS: configInteger({ min: 1, max: 60 })
    .default(3)
    .meta({ description: 'Until recovery takes up an order whose request fell silent' }),
  ORDER_EXPIRY_SECONDS: configInteger({ min: 10, max: 86_400 })
    .default(900)
    .meta({ description: 'Until an order that never got its stock is cancelled' }),
  CART_EXPIRY_DAYS: configInteger({ min: 1, max: 3_650 }).default(30).meta({ description: 'Until a cart that nobody changes is gone' }),
  RECOVERY_POLL_MS: configInteger({ min: 10, max: 60_000 }).default(500).meta({ description: 'Pause between looks for unfinished orders' }),
  RECOVERY_LEASE_SECONDS: configInteger({ min: 1, max: 300 })
    .default(15)
    .meta({ description: 'Until another replica takes up an order whose recovery fell silent' }),
  RECONCILE_INTERVAL_SECONDS: configInteger({ min: 0, max: 86_400 })
    .default(300)
    .meta({ description: 'Pause between reconciliations of stock; 0 turns them off' }),
})
export type OrdersConfig = Readonly<z.output<typeof ordersConfig>>

/** What `pnpm events` reads. */
export const eventsOperatorConfig = z.object({ ...databaseConfig, ...eventConfig })
