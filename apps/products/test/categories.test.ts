import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { anonymous, customer, newSku, useProducts, type Answer } from './harness.ts'

const products = useProducts()

interface Category {
  readonly id: string
  readonly path: string[]
  readonly version: number
  readonly parentId: string | null
}

async function add(parentId: string | null = null): Promise<Category> {
  return (await products.call('POST', '/categories', { body: { name: `Category ${randomUUID()}`, parentId } })).body
}

async function move(id: string, parentId: string | null): Promise<Answer> {
  const { body } = await products.call('GET', `/categories/${id}`)
  const headers = { 'if-match': `"${body.version}"` }
  return products.call('PUT', `/categories/${id}`, { body: { name: body.name, parentId }, headers })
}

async function pathOf(id: string): Promise<string[]> {
  return (await products.call('GET', `/categories/${id}`)).body.path
}

async function addProduct(categoryIds: string[]): Promise<Answer> {
  const variants = [{ sku: newSku(), priceCents: 1, currency: 'GBP' }]
  return products.call('POST', '/products', { body: { name: 'Thing', status: 'active', categoryIds, variants } })
}

describe('POST /categories', () => {
  it('201 with the path of its ancestors', async () => {
    const root = await add()
    const child = await add(root.id)
    const answer = await products.call('POST', '/categories', { body: { name: `Leaf ${randomUUID()}`, parentId: child.id } })
    expect(answer).toMatchObject({ status: 201, headers: { etag: '"1"' }, body: { path: [root.id, child.id], parentId: child.id } })
  })

  it('400 for a parent that does not exist', async () => {
    const answer = await products.call('POST', '/categories', { body: { name: 'x', parentId: '0123456789abcdef01234567' } })
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '#/parentId' }] } })
  })

  it('409 when the slug is taken', async () => {
    const body = { name: 'Same name' }
    expect((await products.call('POST', '/categories', { body })).status).toBe(201)
    expect(await products.call('POST', '/categories', { body })).toMatchObject({ status: 409, body: { type: '/problems/conflict' } })
  })

  it('400 for a twelfth level', async () => {
    let parent = await add()
    for (let depth = 0; depth < 10; depth++) parent = await add(parent.id)
    const answer = await products.call('POST', '/categories', { body: { name: 'too deep', parentId: parent.id } })
    expect(answer.status).toBe(400)
  })

  it('403 for a customer', async () => {
    expect((await products.call('POST', '/categories', { as: customer, body: { name: 'x' } })).status).toBe(403)
  })
})

describe('GET /categories', () => {
  it('lists the top level, and the children of one, for everybody', async () => {
    const root = await add()
    const children = [await add(root.id), await add(root.id)].map(({ id }) => id)
    const { body } = await products.call('GET', `/categories?parentId=${root.id}`, { as: anonymous })
    expect(body.items.map(({ id }: Category) => id).toSorted()).toEqual(children.toSorted())
    const top = await products.call('GET', '/categories?parentId=root&limit=100', { as: anonymous })
    expect(top.body.items.every(({ parentId }: Category) => parentId === null)).toBe(true)
  })

  it('404 for one that is not there', async () => {
    expect((await products.call('GET', '/categories/0123456789abcdef01234567')).status).toBe(404)
  })
})

describe('PUT /categories/{id}', () => {
  it('moves a branch with everything below it', async () => {
    const [from, to] = [await add(), await add()]
    const branch = await add(from.id)
    const leaf = await add(branch.id)
    expect((await move(branch.id, to.id)).status).toBe(200)
    expect(await pathOf(branch.id)).toEqual([to.id])
    expect(await pathOf(leaf.id)).toEqual([to.id, branch.id])
    expect((await move(branch.id, null)).status).toBe(200)
    expect(await pathOf(leaf.id)).toEqual([branch.id])
  })

  it('400 below itself or its own branch', async () => {
    const root = await add()
    const leaf = await add((await add(root.id)).id)
    expect((await move(root.id, leaf.id)).status).toBe(400)
    expect((await move(root.id, root.id)).status).toBe(400)
  })

  it('two moves at once never close a circle', async () => {
    for (let round = 0; round < 10; round++) {
      const [one, other] = [await add(), await add()]
      const answers = await Promise.all([move(one.id, other.id), move(other.id, one.id)])
      expect([
        [200, 400],
        [400, 200],
      ]).toContainEqual(answers.map(({ status }) => status))
    }
  })

  it('412 for a stale version and 428 without one', async () => {
    const { id } = await add()
    const body = { name: 'Renamed' }
    expect((await products.call('PUT', `/categories/${id}`, { body, headers: { 'if-match': '"9"' } })).status).toBe(412)
    expect((await products.call('PUT', `/categories/${id}`, { body })).status).toBe(428)
  })
})

describe('DELETE /categories/{id}', () => {
  it('204 when nothing uses it', async () => {
    const { id } = await add()
    expect((await products.call('DELETE', `/categories/${id}`)).status).toBe(204)
    expect((await products.call('GET', `/categories/${id}`)).status).toBe(404)
  })

  it('409 while it has categories below it', async () => {
    const { id } = await add()
    await add(id)
    expect(await products.call('DELETE', `/categories/${id}`)).toMatchObject({ status: 409, body: { type: '/problems/foreign-key' } })
  })

  it('409 while a product is in it, 204 once that is deleted, and restore drops the category', async () => {
    const [gone, kept] = [await add(), await add()]
    const { body } = await addProduct([gone.id, kept.id])
    expect((await products.call('DELETE', `/categories/${gone.id}`)).status).toBe(409)
    await products.call('DELETE', `/products/${body.id}`)
    expect((await products.call('DELETE', `/categories/${gone.id}`)).status).toBe(204)
    expect((await products.call('POST', `/products/${body.id}/restore`)).body.categoryIds).toEqual([kept.id])
  })

  it('against a product that is created at once: one of them is refused', async () => {
    for (let round = 0; round < 10; round++) {
      const { id } = await add()
      const [created, deleted] = await Promise.all([addProduct([id]), products.call('DELETE', `/categories/${id}`)])
      expect([
        [201, 409],
        [409, 204],
      ]).toContainEqual([created.status, deleted.status])
    }
  })
})
