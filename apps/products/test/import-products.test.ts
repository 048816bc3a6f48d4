import { describe, expect, it } from 'vitest'
import { customer, newSku, orders, stockOf, useProducts, type Answer } from './harness.ts'

const products = useProducts()

function item(overrides: Record<string, unknown> = {}, variant: Record<string, unknown> = {}): Record<string, unknown> {
  return { name: 'Imported', status: 'active', variants: [{ sku: newSku(), priceCents: 100, currency: 'GBP', ...variant }], ...overrides }
}

async function importAll(items: unknown[]): Promise<Answer> {
  return products.call('POST', '/products/bulk', { body: { items } })
}

describe('POST /products/bulk', () => {
  it('creates products with their stock and threshold', async () => {
    const sku = newSku()
    const { status, body } = await importAll([item({}, { sku, initialStock: 7, lowStockAt: 2 })])
    expect(status).toBe(200)
    expect(body).toMatchObject({ created: 1, updated: 0, refused: 0, items: [{ index: 0, sku, status: 'created' }] })
    expect((await products.call('GET', `/stock/${sku}`)).body).toMatchObject({ available: 7, lowStockAt: 2 })
    expect((await products.call('GET', `/products/${body.items[0].id}`)).body.variants[0]).not.toHaveProperty('initialStock')
  })

  it('a second run updates the products and leaves the stock alone', async () => {
    const sku = newSku()
    await importAll([item({}, { sku, initialStock: 7 })])
    const { body } = await importAll([item({ name: 'Renamed' }, { sku, initialStock: 9, priceCents: 200 })])
    expect(body).toMatchObject({ created: 0, updated: 1, items: [{ sku, status: 'updated' }] })
    expect(await stockOf(products, sku)).toEqual({ available: 7, reserved: 0, sold: 0 })
    expect((await products.call('GET', `/products/${body.items[0].id}`)).body).toMatchObject({ name: 'Renamed', priceCents: 200 })
  })

  it('two imports of one SKU at once make one product with its stock once', async () => {
    const sku = newSku()
    const answers = await Promise.all(Array.from({ length: 5 }, () => importAll([item({}, { sku, initialStock: 7 })])))
    const ids = new Set(answers.flatMap(({ body }) => body.items.flatMap(({ id }: { id?: string }) => id ?? [])))
    expect(ids.size).toBe(1)
    expect(await stockOf(products, sku)).toEqual({ available: 7, reserved: 0, sold: 0 })
  })

  it('refuses bad items with reasons and takes the good ones', async () => {
    const good = newSku()
    const { body } = await importAll([
      item({}, { sku: good }),
      item({ name: '' }),
      item({}, { priceCents: -1 }),
      item({ attributes: { $where: '1' } }),
      'not an object',
      null,
      item({}, { sku: { $ne: null } }),
      item({ categoryIds: ['0123456789abcdef01234567'] }),
    ])
    expect(body).toMatchObject({ created: 1, refused: 7 })
    expect(body.items.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(body.items[1]).toMatchObject({ status: 'refused', errors: [{ pointer: '#/name' }] })
    expect(body.items[2].errors[0].pointer).toBe('#/variants/0/priceCents')
    expect(body.items[4]).toMatchObject({ sku: null, status: 'refused' })
    expect(body.items[6]).toMatchObject({ sku: null, status: 'refused' })
    expect(body.items[7].errors[0].pointer).toBe('#/categoryIds')
  })

  it('refuses the second of two items with one SKU', async () => {
    const sku = newSku()
    const { body } = await importAll([item({}, { sku }), item({}, { sku })])
    expect(body.items.map(({ status }: { status: string }) => status)).toEqual(['created', 'refused'])
  })

  it('refuses an item whose SKUs belong to two products', async () => {
    const [one, other] = [newSku(), newSku()]
    await importAll([item({}, { sku: one }), item({}, { sku: other })])
    const variants = [one, other].map((sku) => ({ sku, priceCents: 1, currency: 'GBP' }))
    expect((await importAll([item({ variants })])).body.items[0]).toMatchObject({ status: 'refused' })
  })

  it('takes 500 items of one name, each with its own slug', async () => {
    const { body } = await importAll(Array.from({ length: 500 }, (_, n) => item({ name: `Bulk ${n}` }, { initialStock: 1 })))
    expect(body).toMatchObject({ created: 500, refused: 0 })
    const audit = await products.call('GET', '/stock/audit?limit=1000', { as: orders })
    expect(audit.body.items.filter(({ available, adjusted }: { available: number; adjusted: number }) => available !== adjusted)).toEqual(
      [],
    )
  })

  it('400 for 501 items, 413 for more than 1 MiB', async () => {
    expect((await importAll(Array(501).fill(null))).status).toBe(400)
    expect((await importAll([item({ description: 'x'.repeat(1_100_000) })])).status).toBe(413)
  })

  it('403 for a customer', async () => {
    expect((await products.call('POST', '/products/bulk', { as: customer, body: { items: [item()] } })).status).toBe(403)
  })
})
