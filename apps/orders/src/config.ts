import { commonConfig, databaseConfig } from '@polystore/service-kit'
import { z } from 'zod'

/** Every variable that the orders service reads. */
export const ordersConfig = z.object({
  ...commonConfig,
  ...databaseConfig,
  PORT: z.coerce.number().int().min(0).max(65_535).default(4003),
  PRODUCTS_URL: z.url().describe('Address of the products service'),
  AUTH_URL: z.url().describe('Address of the auth service'),
  ORDER_GRACE_SECONDS: z.coerce.number().min(1).max(60).default(3).describe('Until recovery takes up an order whose request fell silent'),
  ORDER_EXPIRY_SECONDS: z.coerce.number().min(10).max(86_400).default(900).describe('Until an order that never got its stock is cancelled'),
  RECOVERY_POLL_MS: z.coerce.number().int().min(10).max(60_000).default(500).describe('Pause between looks for unfinished orders'),
  RECONCILE_INTERVAL_SECONDS: z.coerce.number().int().min(0).max(86_400).default(300).describe('Pause between stock reconciliations; 0 turns them off'),
})
export type OrdersConfig = Readonly<z.infer<typeof ordersConfig>>
