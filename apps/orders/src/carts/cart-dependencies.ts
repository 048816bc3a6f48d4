import type { PostgresDatabase } from '@polystore/db-core/sql'
import type { StockLevelRepository } from '../stock-levels/stock-level-repository.ts'
import type { CartRepository } from './cart-repository.ts'

/** What the use cases of a cart work with. */
export interface CartDependencies {
  readonly database: PostgresDatabase
  readonly carts: CartRepository
  readonly stockLevels: StockLevelRepository
  /** Days without a change after which a cart is gone. */
  readonly cartExpiryDays: number
}
