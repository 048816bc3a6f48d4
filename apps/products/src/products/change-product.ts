import type { MongoTransaction } from '@polystore/db-core/mongo'
import { keysOf, productRetries, type ProductDependencies } from './product-dependencies.ts'
import type { ProductRow } from './product-repository.ts'
import type { ProductBody } from './product-schemas.ts'
import { contentOf } from './product-view.ts'
import { toContent, type ProductContent } from './product.ts'

export interface ChangeProductInput {
  readonly id: string
  /** The version that the caller has read; without one the change is unconditional. */
  readonly version?: number
  /** What the product shall be, from what it is. */
  readonly change: (current: ProductContent) => ProductBody
  /** Further work of the same transaction, such as initial stock. */
  readonly alongside?: (tx: MongoTransaction) => Promise<void>
  readonly signal?: AbortSignal | undefined
}

/** Replaces the content in one write. @throws NotFoundError, StaleVersionError, ConflictError, ForeignKeyError */
export async function changeProduct(dependencies: ProductDependencies, input: ChangeProductInput): Promise<ProductRow> {
  const { database, products, stockTurns } = dependencies
  const wanted = input.change(contentOf(await products.get(input.id)))
  const change = () => database.transaction(async (tx) => changeOnce(dependencies, input, tx), { retries: productRetries })
  return stockTurns.run(keysOf(wanted), change, input.signal)
}

async function changeOnce(
  { products, categories, stock }: ProductDependencies,
  { id, version, change, alongside }: ChangeProductInput,
  tx: MongoTransaction,
): Promise<ProductRow> {
  const current = contentOf(await products.get(id, { tx }))
  const body = change(current)
  const content = toContent(body, body.slug ?? current.slug)
  const row = await products.update(id, content, { tx, ...(version === undefined ? {} : { version }) })
  await categories.use(added(content.categoryIds, current.categoryIds), tx)
  await stock.ensure(
    content.variants.map(({ sku }) => sku),
    tx,
  )
  await alongside?.(tx)
  return row
}

function added(after: readonly string[], before: readonly string[]): string[] {
  return after.filter((id) => !before.includes(id))
}
