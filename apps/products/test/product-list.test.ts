import { beforeAll, describe, expect, it } from 'vitest'
import { anonymous, customer, newSku, staff, useProducts, type Answer } from './harness.ts'

const products = useProducts()

interface Listed {
  readonly name: string
  readonly priceCents: number
  readonly status: string
}

async function add(name: string, overrides: Record<string, unknown> = {}): Promise<void> {
  const { priceCents = 100, ...rest } = overrides
  const body = { name, status: 'active', ...rest, variants: [{ sku: newSku(), priceCents, currency: 'GBP' }] }
  const { status: code } = await products.call('POST', '/products', { body })
  if (code !== 201) throw new Error(`HTTP ${code}`)
}

async function list(query: string, as = anonymous): Promise<Answer> {
  return products.call('GET', `/products?${query}`, { as })
}

async function names(query: string, as = anonymous): Promise<string[]> {
  const { body } = await list(query, as)
  return body.items.map(({ name }: Listed) => name)
}

async function addCategory(name: string, parentId: string | null = null): Promise<string> {
  return (await products.call('POST', '/categories', { body: { name, parentId } })).body.id
}

let kitchen = ''
let mugs = ''

beforeAll(async () => {
  kitchen = await addCategory('Kitchen')
  mugs = await addCategory('Mugs', kitchen)
  await add('Anvil', { priceCents: 500 })
  await add('Bowl', { priceCents: 300, categoryIds: [kitchen] })
  await add('Cup', { priceCents: 300, categoryIds: [mugs] })
  await add('Draft', { status: 'draft', categoryIds: [kitchen] })
  await add('Old', { status: 'archived' })
})

describe('GET /products', () => {
  it('shows active products to everybody, newest first', async () => {
    expect(await names('')).toEqual(['Cup', 'Bowl', 'Anvil'])
    expect(await names('', customer)).toEqual(['Cup', 'Bowl', 'Anvil'])
  })

  it('shows every status to staff', async () => {
    expect(await names('sort=name', staff)).toEqual(['Anvil', 'Bowl', 'Cup', 'Draft', 'Old'])
    expect(await names('status=draft', staff)).toEqual(['Draft'])
  })

  it('403 when a customer asks for drafts', async () => {
    expect(await list('status=draft', customer)).toMatchObject({ status: 403, body: { type: '/problems/forbidden' } })
  })

  it.each([
    ['name', ['Anvil', 'Bowl', 'Cup']],
    ['-name', ['Cup', 'Bowl', 'Anvil']],
    ['createdAt', ['Anvil', 'Bowl', 'Cup']],
  ])('sorts by %s', async (sort, expected) => {
    expect(await names(`sort=${sort}`)).toEqual(expected)
  })

  it.each([
    ['priceCents', [300, 300, 500]],
    ['-priceCents', [500, 300, 300]],
  ])('sorts by %s', async (sort, expected) => {
    const { body } = await list(`sort=${sort}`)
    expect(body.items.map(({ priceCents }: Listed) => priceCents)).toEqual(expected)
  })

  it('finds a range of prices', async () => {
    expect(await names('priceCents[gte]=300&priceCents[lte]=499&sort=name')).toEqual(['Bowl', 'Cup'])
    expect(await names('priceCents[gte]=301')).toEqual(['Anvil'])
  })

  it('finds a category with everything below it', async () => {
    expect(await names(`category=${kitchen}&sort=name`)).toEqual(['Bowl', 'Cup'])
    expect(await names(`category=${mugs}`)).toEqual(['Cup'])
    expect(await names('category=0123456789abcdef01234567')).toEqual([])
  })

  it('pages forward and back by cursor', async () => {
    const first = await list('sort=priceCents&limit=2')
    const second = await list(`sort=priceCents&limit=2&cursor=${first.body.next}`)
    expect(second.body.items.map(({ name }: Listed) => name)).toEqual(['Anvil'])
    expect(second.body.next).toBeUndefined()
    const back = await list(`sort=priceCents&limit=2&cursor=${second.body.previous}`)
    expect(back.body.items).toEqual(first.body.items)
  })

  it('400 for a cursor of another sort, category, or viewer', async () => {
    const { body } = await list('sort=name&limit=1')
    for (const query of ['sort=-name&limit=1', `sort=name&limit=1&category=${kitchen}`]) {
      expect(await list(`${query}&cursor=${body.next}`)).toMatchObject({ status: 400, body: { type: '/problems/invalid-cursor' } })
    }
    expect((await list(`sort=name&limit=1&cursor=${body.next}`, staff)).status).toBe(400)
  })

  it.each([
    ['a tampered cursor', 'cursor=abc.def'],
    ['an oversized cursor', `cursor=${'a'.repeat(3_000)}`],
    ['a limit of 0', 'limit=0'],
    ['a limit of -1', 'limit=-1'],
    ['a limit of 1e10', 'limit=1e10'],
    ['a limit of 101', 'limit=101'],
    ['a skip', 'skip=-1'],
    ['a sort by an unknown field', 'sort=passwordHash'],
    ['a sort by __proto__', 'sort=__proto__'],
    ['a sort by an operator', 'sort[$where]=1'],
    ['an operator in a name', 'status[$ne]=active'],
    ['two values of one filter', 'status=active&status=draft'],
    ['a status that is an object', 'status=%7B%22%24ne%22%3Anull%7D'],
    ['a category with a pattern', 'category=(a%2B)%2B$'],
    ['two sorts', 'sort=name,-createdAt'],
    ['a price that is no number', 'priceCents[gte]=1e2'],
    ['an operator that prices do not have', 'priceCents[ne]=1'],
    ['a filter by $where', '$where=sleep(1000)'],
    ['a filter by $expr', '$expr=1'],
    ['__proto__ as a name', '__proto__=1'],
    ['a projection', 'fields=variants'],
  ])('400 for %s', async (_name, query) => {
    expect((await list(query, staff)).status).toBe(400)
  })
})
