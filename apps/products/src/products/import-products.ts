import { RepositoryError } from '@polystore/db-core'
import type { MongoTransaction } from '@polystore/db-core/mongo'
import { toProblem } from '@polystore/db-core/problem'
import { Problem } from '@polystore/service-kit'
import { adjustOnce } from '../stock/adjust-stock.ts'
import { setThresholdOnce } from '../stock/set-threshold.ts'
import { changeProduct } from './change-product.ts'
import { createProduct } from './create-product.ts'
import type { ProductDependencies } from './product-dependencies.ts'
import { importItem, skuOfItem, type ImportItem, type ImportResult, type ProductBody } from './product-schemas.ts'

export interface ImportProductsInput {
  /** At most 500; each is checked by itself. */
  readonly items: readonly unknown[]
  readonly actor: string
  readonly signal?: AbortSignal | undefined
}

type Outcome = Pick<ImportResult, 'status' | 'id' | 'errors'>
type Fault = NonNullable<ImportResult['errors']>[number]

const atOnce = 8

/**
 * Creates or updates products by SKU, each in its own transaction with its initial stock. A bad item is refused with its
 * reasons and stops nothing; running the same import again leaves the same products and the same stock.
 */
export async function importProducts(dependencies: ProductDependencies, input: ImportProductsInput): Promise<ImportResult[]> {
  const queue = findRepetitions(input.items).entries()
  const results: ImportResult[] = []
  const work = async (): Promise<void> => {
    for (const [index, { item, repeats }] of queue) {
      const outcome = repeats ? refused([repeats]) : await importOne(dependencies, { ...input, item })
      results[index] = { index, sku: firstSku(item), ...outcome }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return results
}

async function importOne(
  dependencies: ProductDependencies,
  { item, actor, signal }: Omit<ImportProductsInput, 'items'> & { item: unknown },
): Promise<Outcome> {
  const parsed = importItem.safeParse(item)
  if (!parsed.success) return refused(parsed.error.issues.map(({ message, path }) => ({ detail: message, pointer: pointerOf(path) })))
  try {
    return await createOrUpdate(dependencies, parsed.data, { actor, signal })
  } catch (error) {
    return refusedBy(error)
  }
}

async function createOrUpdate(
  dependencies: ProductDependencies,
  item: ImportItem,
  { actor, signal }: { actor: string; signal: AbortSignal | undefined },
): Promise<Outcome> {
  const body = bodyOf(item)
  const alongside = (tx: MongoTransaction): Promise<void> => setStock(dependencies, item, actor, tx)
  const skus = body.variants.map(({ sku }) => sku)
  const [existing, ...others] = await dependencies.products.withSkus(skus)
  if (others.length > 0) return refused([{ detail: 'The SKUs belong to different products.', pointer: '#/variants' }])
  if (existing === undefined) {
    const { id } = await createProduct(dependencies, { body, alongside, signal })
    return { status: 'created', id }
  }
  const id = existing._id.toHexString()
  await changeProduct(dependencies, { id, change: () => body, alongside, signal })
  return { status: 'updated', id }
}

/** The first import of a SKU sets its stock; later ones leave it alone. */
async function setStock(dependencies: ProductDependencies, item: ImportItem, actor: string, tx: MongoTransaction): Promise<void> {
  for (const { sku, initialStock, lowStockAt } of item.variants) {
    if (initialStock !== undefined && initialStock > 0) await setInitialStock(dependencies, { sku, quantity: initialStock, actor }, tx)
    if (lowStockAt !== undefined) await setThresholdOnce(dependencies, { sku, lowStockAt }, tx)
  }
}

async function setInitialStock(
  dependencies: ProductDependencies,
  { sku, quantity, actor }: { sku: string; quantity: number; actor: string },
  tx: MongoTransaction,
): Promise<void> {
  const once = { key: `initial ${sku}`, fingerprint: 'initial' }
  if (await dependencies.movements.findByKey(once.key, tx)) return
  await adjustOnce(dependencies, { sku, quantity, reason: 'initial stock', actor, once }, tx)
}

function bodyOf({ variants, ...item }: ImportItem): ProductBody {
  return { ...item, variants: variants.map(({ initialStock: _stock, lowStockAt: _threshold, ...variant }) => variant) }
}

/** A refusal of the item itself; trouble of the infrastructure goes on, and the whole import may be repeated. */
function refusedBy(error: unknown): Outcome {
  if (error instanceof Problem && error.status < 500) return refused([{ detail: error.message, pointer: '#' }])
  if (!(error instanceof RepositoryError)) throw error
  const { status, title, detail, errors } = toProblem(error)
  if (status >= 500 || error.retryable) throw error
  const faults = errors.map((fault) => ({ detail: fault.detail, pointer: fault.pointer ?? '#' }))
  return refused(faults.length > 0 ? faults : [{ detail: detail ?? title, pointer: '#' }])
}

function refused(errors: Fault[]): Outcome {
  return { status: 'refused', errors }
}

interface Candidate {
  readonly item: unknown
  /** Set when an earlier item of the request has the same first SKU. */
  readonly repeats: Fault | undefined
}

function findRepetitions(items: readonly unknown[]): Candidate[] {
  const seen = new Set<string>()
  return items.map((item) => {
    const sku = firstSku(item)
    const repeats = sku !== null && seen.has(sku)
    if (sku !== null) seen.add(sku)
    return {
      item,
      repeats: repeats ? { detail: 'An earlier item of this request has the same SKU.', pointer: '#/variants/0/sku' } : undefined,
    }
  })
}

/** The key of an item in the result, also when the item is otherwise unreadable. */
function firstSku(item: unknown): string | null {
  const parsed = skuOfItem.safeParse(item)
  return parsed.success ? parsed.data.variants[0].sku : null
}

function pointerOf(path: readonly PropertyKey[]): string {
  return `#${path.map((part) => `/${encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')}`
}
