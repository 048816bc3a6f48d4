import type { HoldOutcome } from '@polystore/contracts'
import type { MongoDatabase } from '@polystore/db-core/mongo'
import { createCrash } from '@polystore/service-kit'
import { CategoryRepository } from './categories/category-repository.ts'
import type { CrashPoint } from './crash-point.ts'
import { commitHolds } from './holds/commit-holds.ts'
import type { HoldCommand } from './holds/hold.ts'
import { HoldRepository } from './holds/hold-repository.ts'
import { HoldStepRepository } from './holds/hold-step-repository.ts'
import type { HoldDependencies } from './holds/run-hold-commands.ts'
import type { ProductDependencies } from './products/product-dependencies.ts'
import { ProductRepository } from './products/product-repository.ts'
import type { AdjustStockDependencies } from './stock/adjust-stock.ts'
import type { AuditStockDependencies } from './stock/audit-stock.ts'
import type { ListMovementsDependencies } from './stock/list-movements.ts'
import { MovementRepository } from './stock/movement-repository.ts'
import { StockRepository } from './stock/stock-repository.ts'
import { StockTurns, type LaterTurns, type TurnLimits } from './stock/stock-turns.ts'

export type Dependencies = HoldDependencies &
  ProductDependencies &
  AdjustStockDependencies &
  AuditStockDependencies &
  ListMovementsDependencies & { readonly stockTurns: LaterTurns }

export interface DependencyOptions {
  /** Where tests arm crash points. */
  readonly crashFile?: string | undefined
}

/** Callers that came later than this are not answered in time by those who called. */
const turnLimits: TurnLimits = { maxSize: 128, maxWaitMs: 4_000, maxWaiting: 5_000, longestDelayMs: 300 }

/** Everything that the use cases work with, over an open database. */
export function createDependencies(database: MongoDatabase, { crashFile }: DependencyOptions = {}): Dependencies {
  const repositories = {
    database,
    products: new ProductRepository(database),
    categories: new CategoryRepository(database),
    stock: new StockRepository(database),
    movements: new MovementRepository(database),
    holds: new HoldRepository(database),
    holdSteps: new HoldStepRepository(database),
    crash: createCrash<CrashPoint>(crashFile),
  }
  const commit = (commands: readonly (readonly HoldCommand[])[]) => commitHolds(repositories, commands)
  const stockTurns = new StockTurns<readonly HoldCommand[], readonly HoldOutcome[]>(turnLimits, commit)
  return { ...repositories, stockTurns }
}
