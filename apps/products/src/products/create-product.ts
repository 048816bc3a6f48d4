import { randomInt } from 'node:crypto'
import { ConflictError } from '@polystore/db-core'
import type { MongoTransaction } from '@polystore/db-core/mongo'
import { keysOf, productRetries, type ProductDependencies } from './product-dependencies.ts'
import type { ProductRow } from './product-repository.ts'
import type { ProductBody } from './product-schemas.ts'
import { slugOf, toContent, type ProductContent } from './product.ts'

export interface CreateProductInput {
  readonly body: ProductBody
  /** Further work of the same transaction, such as initial stock. */
  readonly alongside?: (tx: MongoTransaction) => Promise<void>
  readonly signal?: AbortSignal | undefined
}

/** A new product, with an empty stock for each of its SKUs. @throws ConflictError, ForeignKeyError */
export async function createProduct(dependencies: ProductDependencies, input: CreateProductInput): Promise<ProductRow> {
  const { database, stockTurns } = dependencies
  const { body, alongside, signal } = input
  return withFreeSlug(body, (slug) =>
    stockTurns.run(
      keysOf(body),
      () =>
        database.transaction(
          async (tx) => {
            const row = await insertProduct(dependencies, toContent(body, slug), tx)
            await alongside?.(tx)
            return row
          },
          { retries: productRetries },
        ),
      signal,
    ),
  )
}

async function insertProduct(
  { products, categories, stock }: ProductDependencies,
  content: ProductContent,
  tx: MongoTransaction,
): Promise<ProductRow> {
  const row = await products.create(content, { tx })
  await categories.use(content.categoryIds, tx)
  await stock.ensure(
    content.variants.map(({ sku }) => sku),
    tx,
  )
  return row
}

/** A slug that was asked for is taken or refused; one made from the name gets a number when it is taken. */
async function withFreeSlug<Result>(body: ProductBody, insert: (slug: string) => Promise<Result>): Promise<Result> {
  if (body.slug !== undefined) return insert(body.slug)
  const base = slugOf(body.name)
  for (const ending of ['', '-2', '-3', '-4', '-5', ...Array.from({ length: 5 }, () => `-${randomInt(1_000_000)}`)]) {
    try {
      return await insert(`${base}${ending}`)
    } catch (error) {
      if (!(error instanceof ConflictError) || !error.fields.includes('slug')) throw error
    }
  }
  throw new ConflictError('No free slug was found for this name', { entity: 'products', fields: ['slug'] })
}
