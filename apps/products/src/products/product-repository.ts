import { MongoRepository, type CallOptions, type MongoDatabase, type MongoTransaction, type RowOf } from '@polystore/db-core/mongo'
import type { CursorPage, Filter, SeekQuery } from '@polystore/db-core'
import { productCollection } from './product-collection.ts'
import type { OfferingProduct } from './product.ts'
import type { ProductStatus } from './product-schemas.ts'

export type ProductRow = RowOf<typeof productCollection>

export interface ProductSelection {
  readonly status?: ProductStatus | undefined
  /** Products in any of these; all products without it. */
  readonly categoryIds?: readonly string[] | undefined
}

/** Products and what they offer. */
export class ProductRepository extends MongoRepository<typeof productCollection> {
  constructor(database: MongoDatabase) {
    super(database, productCollection)
  }

  async listProducts(
    { where = {}, ...query }: SeekQuery<ProductRow>,
    { status, categoryIds }: ProductSelection,
  ): Promise<CursorPage<ProductRow>> {
    const selected: Filter<ProductRow>[] = [
      ...(status === undefined ? [] : [{ status: { eq: status } }]),
      ...(categoryIds === undefined ? [] : [inCategories(categoryIds)]),
    ]
    return this.seek({ ...query, where: { and: [where, ...selected] } })
  }

  /** Live products that have one of the SKUs. */
  async withSkus(skus: readonly string[], tx?: MongoTransaction) {
    const query = { 'variants.sku': { $in: [...skus] }, deletedAt: null }
    const projection = { name: 1, variants: 1, status: 1 }
    return this.database.run(
      (options) =>
        this.database
          .collection(productCollection)
          .find(query, { ...options, projection })
          .toArray(),
      { tx, entity: 'products' },
    )
  }

  /** What live products with one of the SKUs say of their prices. */
  async offering(skus: readonly string[]): Promise<OfferingProduct[]> {
    if (skus.length === 0) return []
    const products = this.database.readingDriver.collection<OfferingProduct>(productCollection.name)
    const query = { 'variants.sku': { $in: [...skus] }, deletedAt: null }
    const find = async (options: CallOptions) => products.find(query, { ...options, projection: offer }).toArray()
    return this.database.run(find, { entity: 'products', reads: true })
  }

  /** True while a live product is in the category. */
  async existsInCategory(categoryId: string, tx: MongoTransaction): Promise<boolean> {
    return this.exists(inCategories([categoryId]), { tx })
  }
}

const offer = {
  _id: 0,
  name: 1,
  status: 1,
  'variants.sku': 1,
  'variants.name': 1,
  'variants.priceCents': 1,
  'variants.currency': 1,
}

/** On MongoDB a comparison of a list holds when it holds for one element; the shared filter type has no word for that. */
function inCategories(categoryIds: readonly string[]): Filter<ProductRow> {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the repository checks every filter before it runs
  return { categoryIds: { in: categoryIds } } as Filter<ProductRow>
}
