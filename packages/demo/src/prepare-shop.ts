import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { PlannedProduct } from './build-plan.ts'
import { inParallel } from './in-parallel.ts'
import type { Shop } from './shop.ts'

export interface Credentials {
  readonly email: string
  readonly password: string
}

const session = z.looseObject({ access_token: z.string() })
const importResult = z.looseObject({ refused: z.int() })
const importChunk = 50

/** @throws Error when the staff login is refused */
export async function logIn(shop: Shop, credentials: Credentials): Promise<string> {
  const call = { method: 'POST', path: '/auth/login', body: credentials } as const
  return (await shop.expect(200, session, call)).access_token
}

/** Puts the products on sale and their stock on the shelf; answers how many the shop refused. */
export async function importProducts(
  shop: Shop,
  staffToken: string,
  products: readonly PlannedProduct[],
  onImported: (count: number) => void,
): Promise<number> {
  const chunks = Array.from({ length: Math.ceil(products.length / importChunk) }, (_, index) =>
    products.slice(index * importChunk, (index + 1) * importChunk),
  )
  const refused = await inParallel(chunks, 2, async (chunk) => {
    const { refused: count } = await shop.expect(200, importResult, {
      method: 'POST',
      path: '/products/bulk',
      token: staffToken,
      body: { items: chunk.map(toImportItem) },
    })
    onImported(chunk.length)
    return count
  })
  return refused.reduce((sum, count) => sum + count, 0)
}

function toImportItem({ sku, name, priceCents, stock }: PlannedProduct): unknown {
  return { name, status: 'active', variants: [{ sku, priceCents, currency: 'GBP', initialStock: stock }] }
}

/** One new account for each customer of the file; answers their tokens by customer. */
export async function registerCustomers(
  shop: Shop,
  customers: readonly string[],
  run: string,
  onRegistered: () => void,
): Promise<Map<string, string>> {
  const password = randomBytes(18).toString('base64url')
  const tokens = await inParallel(customers, 4, async (customer) => {
    const email = `customer-${customer}-${run}@demo.polystore.dev`
    const call = { method: 'POST', path: '/auth/register', body: { email, fullName: `Customer ${customer}`, password } } as const
    const answer = await shop.call(call)
    onRegistered()
    // An attempt that was cut off may have registered the account: then its owner logs in.
    return answer.status === 201 ? session.parse(answer.body).access_token : logIn(shop, { email, password })
  })
  return new Map(customers.map((customer, index) => [customer, tokens[index] ?? '']))
}
