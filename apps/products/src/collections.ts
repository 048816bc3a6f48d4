import { categoryCollection } from './categories/category-collection.ts'
import { eventCollections } from '@polystore/events/mongo'
import { holdCollection } from './holds/hold-collection.ts'
import { productCollection } from './products/product-collection.ts'
import { movementCollection, stockCollection } from './stock/stock-collection.ts'

/** Every collection of the service, for validators and indexes. */
export const collections = [productCollection, categoryCollection, stockCollection, movementCollection, holdCollection, ...eventCollections]
