import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { anonymous, customer, newSku, staff, useProducts, type Answer } from './harness.ts'

const products = useProducts()
const mergePatch = { 'content-type': 'application/merge-patch+json' }

function sample(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return { name: 'Coat rack', status: 'active', variants: [{ sku: newSku(), priceCents: 495, currency: 'GBP' }], ...overrides }
}

async function create(overrides: Record<string, unknown> = {}): Promise<Answer> {
  return products.call('POST', '/products', { body: sample({ name: `Rack ${randomUUID()}`, ...overrides }) })
}

async function patch(id: string, version: number, body: unknown): Promise<Answer> {
  return products.call('PATCH', `/products/${id}`, { body, headers: { ...mergePatch, 'if-match': `"${version}"` } })
}

describe('POST /products', () => {
  it('201 with Location, ETag and defaults', async () => {
    const { status, headers, body } = await create({ attributes: { material: 'wood', hooks: 5, indoor: true } })
    expect(status).toBe(201)
    expect(headers).toMatchObject({ location: `/products/${body.id}`, etag: '"1"' })
    expect(body).toMatchObject({ version: 1, categoryIds: [], images: [], description: '', priceCents: 495, deletedAt: null })
    expect(body.attributes).toEqual({ material: 'wood', hooks: 5, indoor: true })
  })

  it('gives every SKU an empty stock', async () => {
    const { body } = await create()
    expect((await products.call('GET', `/stock/${body.variants[0].sku}`)).body).toMatchObject({ available: 0, reserved: 0, sold: 0 })
  })

  it('finds a free slug when two names are alike', async () => {
    const name = `Café ${randomUUID()}`
    const slugs = new Set((await Promise.all([1, 2, 3].map(() => create({ name })))).map(({ body }) => body.slug))
    const base = name.toLowerCase().replace('é', 'e').replaceAll(' ', '-')
    expect(slugs).toEqual(new Set([base, `${base}-2`, `${base}-3`]))
  })

  it('409 when the slug that was asked for is taken', async () => {
    const { body } = await create()
    expect(await create({ slug: body.slug })).toMatchObject({ status: 409, body: { type: '/problems/conflict' } })
  })

  it('409 when another product has the SKU, and no stock or product is left behind', async () => {
    const { body } = await create()
    const fresh = newSku()
    const variants = [fresh, body.variants[0].sku].map((sku) => ({ sku, priceCents: 1, currency: 'GBP' }))
    expect(await create({ variants })).toMatchObject({ status: 409, body: { type: '/problems/conflict' } })
    expect((await products.call('GET', `/stock/${fresh}`)).status).toBe(404)
  })

  it('409 when a category does not exist', async () => {
    expect(await create({ categoryIds: ['0123456789abcdef01234567'] })).toMatchObject({
      status: 409,
      body: { type: '/problems/foreign-key' },
    })
  })

  it('keeps SQL, HTML and line breaks as they are', async () => {
    const description = `'; drop table users; -- <script>alert(1)</script>\r\nSet-Cookie: a=b`
    const { body } = await create({ description })
    expect((await products.call('GET', `/products/${body.id}`)).body.description).toBe(description)
  })

  it.each([
    ['no variants', { variants: [] }],
    ['one SKU twice', { variants: ['A', 'A'].map((sku) => ({ sku, priceCents: 1, currency: 'GBP' })) }],
    ['a fraction of a cent', { variants: [{ sku: 'A', priceCents: 0.5, currency: 'GBP' }] }],
    ['a negative price', { variants: [{ sku: 'A', priceCents: -1, currency: 'GBP' }] }],
    ['a price as text', { variants: [{ sku: 'A', priceCents: '1', currency: 'GBP' }] }],
    ['a currency in lower case', { variants: [{ sku: 'A', priceCents: 1, currency: 'gbp' }] }],
    ['a name that is a number', { name: 5 }],
    ['an empty name', { name: '' }],
    ['an unknown field', { role: 'admin' }],
    ['a managed field', { version: 7 }],
    ['an image that is not https', { images: ['http://example.com/a.png'] }],
    ['an image that is a script', { images: ['javascript:alert(1)'] }],
    ['an attribute with a dollar sign', { attributes: { $where: 'sleep(1000)' } }],
    ['an attribute with a dot', { attributes: { 'a.b': 1 } }],
    ['an attribute named constructor', { attributes: { constructor: 'x' } }],
    ['a nested attribute', { attributes: { size: { $gt: '' } } }],
    ['an option with a dollar sign', { variants: [{ sku: 'A', priceCents: 1, currency: 'GBP', options: { $ne: 'x' } }] }],
    ['51 attributes', { attributes: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`a${n}`, n])) }],
    ['a slug with a slash', { slug: 'a/b' }],
    ['a category that is no id', { categoryIds: ['zz'] }],
  ])('400 for %s', async (_name, overrides) => {
    expect(await create(overrides)).toMatchObject({ status: 400, body: { type: '/problems/invalid-request' } })
  })

  it('400 for __proto__ in the attributes', async () => {
    const body = JSON.stringify(sample()).replace('"status"', '"attributes":{"__proto__":{"a":1}},"status"')
    expect(await products.call('POST', '/products', { body })).toMatchObject({ status: 400, body: { type: '/problems/invalid-json' } })
  })

  it('400 for 200 levels of nesting', async () => {
    const body = JSON.stringify(sample()).replace('"status"', `"attributes":${'{"a":'.repeat(200)}1${'}'.repeat(200)},"status"`)
    expect(await products.call('POST', '/products', { body })).toMatchObject({ status: 400, body: { type: '/problems/invalid-json' } })
  })

  it('400 for a number that overflows to infinity', async () => {
    const body = JSON.stringify(sample()).replace('"status"', '"attributes":{"size":1e400},"status"')
    expect((await products.call('POST', '/products', { body })).status).toBe(400)
  })

  it('413 for a body of more than 64 KiB', async () => {
    expect(await create({ description: 'x'.repeat(70_000) })).toMatchObject({ status: 413, body: { type: '/problems/body-too-large' } })
  })

  it('403 for a customer, 401 for a stranger', async () => {
    expect((await products.call('POST', '/products', { as: customer, body: sample() })).status).toBe(403)
    expect((await products.call('POST', '/products', { as: anonymous, body: sample() })).status).toBe(401)
  })
})

describe('GET /products/{id} and by slug', () => {
  it('200 with the ETag of its version', async () => {
    const { body } = await create()
    const answer = await products.call('GET', `/products/${body.id}`, { as: anonymous })
    expect(answer).toMatchObject({ status: 200, body, headers: { etag: '"1"' } })
    expect((await products.call('GET', `/products/by-slug/${body.slug}`, { as: anonymous })).body).toEqual(body)
  })

  it.each(['draft', 'archived'])('404 for customers and 200 for staff when it is %s', async (status) => {
    const { body } = await create({ status })
    for (const address of [`/products/${body.id}`, `/products/by-slug/${body.slug}`]) {
      expect((await products.call('GET', address, { as: customer })).status).toBe(404)
      expect((await products.call('GET', address, { as: staff })).status).toBe(200)
    }
  })

  it.each(['zz', '123456789012', '0123456789abcdef0123456g'])('400 for the id %s', async (id) => {
    expect(await products.call('GET', `/products/${id}`)).toMatchObject({ status: 400, body: { type: '/problems/invalid-request' } })
  })

  it('404 for an id that no product has', async () => {
    expect((await products.call('GET', '/products/0123456789abcdef01234567')).status).toBe(404)
    expect((await products.call('GET', '/products/by-slug/there-is-none')).status).toBe(404)
  })
})

describe('PUT /products/{id}', () => {
  it('replaces what is given and empties the rest', async () => {
    const { body } = await create({ description: 'old', attributes: { a: 1 } })
    const answer = await products.call('PUT', `/products/${body.id}`, { body: sample({ name: 'New' }), headers: { 'if-match': '"1"' } })
    expect(answer).toMatchObject({ status: 200, headers: { etag: '"2"' } })
    expect(answer.body).toMatchObject({ id: body.id, name: 'New', slug: body.slug, description: '', attributes: {}, version: 2 })
  })

  it('428 without If-Match', async () => {
    const { body } = await create()
    expect(await products.call('PUT', `/products/${body.id}`, { body: sample() })).toMatchObject({
      status: 428,
      body: { type: '/problems/precondition-required' },
    })
  })

  it('412 for a stale version, and nothing changes', async () => {
    const { body } = await create()
    const put = (name: string): Promise<Answer> =>
      products.call('PUT', `/products/${body.id}`, { body: sample({ name }), headers: { 'if-match': '"1"' } })
    expect((await put('first')).status).toBe(200)
    expect(await put('second')).toMatchObject({ status: 412, body: { type: '/problems/stale-version' } })
    expect((await products.call('GET', `/products/${body.id}`)).body.name).toBe('first')
  })

  it('one of ten that race with one version wins', async () => {
    const { body } = await create()
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        products.call('PUT', `/products/${body.id}`, { body: sample({ name: `n${n}` }), headers: { 'if-match': '"1"' } }),
      ),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(9)
  })

  it('404 for a product that is not there', async () => {
    const answer = await products.call('PUT', '/products/0123456789abcdef01234567', { body: sample(), headers: { 'if-match': '"1"' } })
    expect(answer.status).toBe(404)
  })
})

describe('PATCH /products/{id}', () => {
  it('changes what is named, removes what is null, and keeps the rest', async () => {
    const { body } = await create({ description: 'old', attributes: { a: 1, b: 2 } })
    const answer = await patch(body.id, 1, { status: 'archived', description: null, attributes: { a: null, c: 3 } })
    expect(answer).toMatchObject({ status: 200, headers: { etag: '"2"' } })
    expect(answer.body).toMatchObject({ status: 'archived', name: body.name, description: '', variants: body.variants })
    expect(answer.body.attributes).toEqual({ b: 2, c: 3 })
  })

  it('replaces variants as a whole, keeps the lowest price and gives new SKUs a stock', async () => {
    const { body } = await create()
    const sku = newSku()
    const variants = [...body.variants, { sku, priceCents: 5, currency: 'GBP', options: { size: 'S' } }]
    expect((await patch(body.id, 1, { variants })).body).toMatchObject({ priceCents: 5, variants })
    expect((await products.call('GET', `/stock/${sku}`)).status).toBe(200)
  })

  it('400 when the merged attributes are too many', async () => {
    const attributes = (letter: string): Record<string, number> =>
      Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`${letter}${n}`, n]))
    const { body } = await create({ attributes: attributes('a') })
    expect(await patch(body.id, 1, { attributes: attributes('b') })).toMatchObject({ status: 400 })
  })

  it.each([
    ['null for the name', { name: null }],
    ['an operator', { $set: { status: 'active' } }],
    ['an operator as value', { name: { $ne: null } }],
    ['a managed field', { deletedAt: null }],
    ['a list', []],
    ['null', null],
  ])('400 for %s', async (_name, body) => {
    const { body: product } = await create()
    expect((await patch(product.id, 1, body)).status).toBe(400)
  })

  it('412 for a stale version', async () => {
    const { body } = await create()
    expect((await patch(body.id, 7, { name: 'x' })).status).toBe(412)
  })

  it('428 without If-Match', async () => {
    const { body } = await create()
    expect((await products.call('PATCH', `/products/${body.id}`, { body: { name: 'x' }, headers: mergePatch })).status).toBe(428)
  })

  it('400 for an If-Match that is no ETag of ours', async () => {
    const { body } = await create()
    const headers = { ...mergePatch, 'if-match': 'W/"{$gt:0}"' }
    expect((await products.call('PATCH', `/products/${body.id}`, { body: { name: 'x' }, headers })).status).toBe(400)
  })

  it('415 for plain JSON', async () => {
    const { body } = await create()
    const answer = await products.call('PATCH', `/products/${body.id}`, { body: { name: 'x' }, headers: { 'if-match': '"1"' } })
    expect(answer).toMatchObject({ status: 415, body: { type: '/problems/unsupported-media-type' } })
  })
})

describe('DELETE and restore', () => {
  it('hides the product, and restore brings it back', async () => {
    const { body } = await create()
    expect((await products.call('DELETE', `/products/${body.id}`)).status).toBe(204)
    expect((await products.call('GET', `/products/${body.id}`)).status).toBe(404)
    expect((await products.call('DELETE', `/products/${body.id}`)).status).toBe(404)
    expect(await products.call('POST', `/products/${body.id}/restore`)).toMatchObject({ status: 200, body: { deletedAt: null } })
    expect((await products.call('GET', `/products/${body.id}`)).status).toBe(200)
  })

  it('frees slug and SKU, and restore answers 409 once they are taken', async () => {
    const { body } = await create()
    await products.call('DELETE', `/products/${body.id}`)
    expect((await create({ slug: body.slug, variants: body.variants })).status).toBe(201)
    expect(await products.call('POST', `/products/${body.id}/restore`)).toMatchObject({ status: 409, body: { type: '/problems/conflict' } })
  })

  it('404 when there is nothing to restore', async () => {
    const { body } = await create()
    expect((await products.call('POST', `/products/${body.id}/restore`)).status).toBe(404)
  })

  it('403 for a customer', async () => {
    const { body } = await create()
    expect((await products.call('DELETE', `/products/${body.id}`, { as: customer })).status).toBe(403)
    expect((await products.call('POST', `/products/${body.id}/restore`, { as: customer })).status).toBe(403)
  })
})
