import type { DocumentOf, MongoDatabase, MongoTransaction } from '@polystore/db-core/mongo'
import type { Document } from 'mongodb'
import { productCollection } from '../products/product-collection.ts'
import { offersOf, type OfferingProduct } from '../products/product.ts'
import type { Stock } from '../stock/stock.ts'
import { stockCollection } from '../stock/stock-collection.ts'
import type { SeenOffers } from './decide-holds.ts'
import type { HoldCommand } from './hold.ts'
import { holdCollection } from './hold-collection.ts'
import { toHold } from './hold-repository.ts'

type StockDocument = DocumentOf<typeof stockCollection>

/** What one read answers with. */
interface Page {
  readonly holds: readonly (DocumentOf<typeof holdCollection> & { readonly levels: readonly StockDocument[] })[]
  readonly stock: readonly StockDocument[]
  readonly products: readonly OfferingProduct[]
}

/**
 * All that the commands are decided by, in one round trip: their holds with the stock of what they hold, and the stock and the offers
 * of what is to be reserved.
 */
export async function readBooks(database: MongoDatabase, commands: readonly HoldCommand[], tx: MongoTransaction): Promise<SeenOffers> {
  const orderIds = [...new Set(commands.map(({ orderId }) => orderId))]
  const wanted = skusToReserve(commands)
  const pipeline = [emptyPage, holdsOf(orderIds), ...(wanted.size === 0 ? [] : stockAndOffersOf([...wanted]))]
  const [page] = await database.run((options) => database.driver.aggregate<Partial<Page>>(pipeline, options).toArray(), {
    tx,
    entity: 'holds',
  })
  return toBooks({ holds: [], stock: [], products: [], ...page }, wanted)
}

/** One document to look things up for; a union of collections is what a transaction refuses. */
const emptyPage: Document = { $documents: [{}] }

function skusToReserve(commands: readonly HoldCommand[]): Set<string> {
  const skus = new Set<string>()
  for (const command of commands) if (command.kind === 'reserve') for (const { sku } of command.lines) skus.add(sku)
  return skus
}

function holdsOf(orderIds: readonly string[]): Document {
  const levels = { $lookup: { from: stockCollection.name, localField: 'lines.sku', foreignField: '_id', as: 'levels' } }
  return { $lookup: { from: holdCollection.name, as: 'holds', pipeline: [{ $match: { _id: { $in: orderIds } } }, levels] } }
}

function stockAndOffersOf(skus: readonly string[]): Document[] {
  const products = [{ $match: { 'variants.sku': { $in: skus }, deletedAt: null } }, { $project: { name: 1, status: 1, variants: 1 } }]
  return [
    { $lookup: { from: stockCollection.name, as: 'stock', pipeline: [{ $match: { _id: { $in: skus } } }] } },
    { $lookup: { from: productCollection.name, as: 'products', pipeline: products } },
  ]
}

function toBooks({ holds, stock, products }: Page, wanted: ReadonlySet<string>): SeenOffers {
  const levels = [...stock, ...holds.flatMap((hold) => hold.levels)]
  const offers = products.flatMap(offersOf).filter(([sku]) => wanted.has(sku))
  return {
    holds: new Map(holds.map((hold) => [hold._id, toHold(hold)])),
    stock: new Map(levels.map((level) => [level._id, toStock(level)])),
    offers: new Map(offers),
  }
}

/** A document from before there were versions has none until its first change. */
function toStock({ available, reserved, sold, lowStockAt, version = 0 }: StockDocument): Stock {
  return { available, reserved, sold, lowStockAt, version }
}
