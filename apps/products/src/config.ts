import { eventConfig } from '@polystore/events'
import { commonConfig, configPort, configUrl, mongoConfig } from '@polystore/service-kit'
import { z } from 'zod'

/** Every variable that the products service reads. */
export const productsConfig = z.object({
  ...commonConfig,
  ...mongoConfig,
  ...eventConfig,
  PORT: configPort().default(4002).meta({ description: 'Port to listen on' }),
  ORDERS_URL: configUrl(['http:', 'https:']).meta({ description: 'Address of orders, which is told of stock' }),
})
export type ProductsConfig = Readonly<z.output<typeof productsConfig>>

/** What `pnpm events` reads. */
export const eventsOperatorConfig = z.object({ ...mongoConfig, ...eventConfig })
