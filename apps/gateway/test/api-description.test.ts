import { expect, test } from 'vitest'
import { z } from 'zod'
import { mergeOpenApi } from '../src/docs/merge-openapi.ts'
import { openApiDocument } from '../src/docs/openapi-document.ts'
import { sendRaw, startGateway } from './support/test-gateway.ts'
import { answerJson, startUpstream } from './support/test-upstream.ts'

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const operation = (operationId: string, schema: object, more: object = {}) => ({
  operationId,
  summary: operationId,
  responses: { 200: { description: 'OK', content: { 'application/json': { schema } } } },
  ...more,
})
const describe = (paths: object, schemas: object, tags: object[] = []) => ({
  openapi: '3.1.1',
  info: { title: 'x', version: '1' },
  tags,
  paths,
  components: { schemas },
})

const money = { type: 'object', properties: { cents: { type: 'integer' } } }
const ordersDocument = describe(
  {
    '/orders': { get: operation('list', ref('List'), { security: [{ bearer: [] }] }) },
    '/orders/{id}': { get: operation('getOrder', ref('Item')) },
    '/internal/sweep': { post: operation('sweep', ref('Secret')) },
  },
  {
    List: { type: 'array', items: ref('Item') },
    Item: { type: 'object', properties: { total: ref('Money') } },
    Money: money,
    Secret: { type: 'string' },
  },
  [{ name: 'orders' }],
)
const productsDocument = describe(
  {
    '/products': { get: operation('list', ref('List')) },
    '/holds/{id}': { put: operation('reserve', ref('Secret')) },
    '/livez': { get: operation('livez', {}) },
  },
  {
    List: { type: 'array', items: ref('Item') },
    Item: { type: 'object', properties: { price: ref('Money') } },
    Money: money,
    Secret: { type: 'string' },
  },
  [{ name: 'products' }],
)

const merged = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({ operationId: z.string(), security: z.unknown().optional(), responses: z.record(z.string(), z.unknown()) }),
    ),
  ),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
})

function merge() {
  const services = [
    { service: 'orders' as const, document: openApiDocument.parse(ordersDocument) },
    { service: 'products' as const, document: openApiDocument.parse(productsDocument) },
  ]
  return merged.parse(mergeOpenApi(services, { title: 'All', version: 'v1', missing: [] }))
}

test('only routed paths are described, below the public prefix', () => {
  expect(Object.keys(merge().paths).toSorted()).toEqual(['/api/v1/orders', '/api/v1/orders/{id}', '/api/v1/products'])
})

test('components of one name are shared when equal and kept apart when not', () => {
  const { components, paths } = merge()
  expect(Object.keys(components.schemas).toSorted()).toEqual(['Item', 'List', 'Money', 'ProductsItem', 'ProductsList'])
  expect(components.schemas['ProductsList']).toEqual({ type: 'array', items: ref('ProductsItem') })
  expect(components.schemas['ProductsItem']).toEqual({ type: 'object', properties: { price: ref('Money') } })
  expect(JSON.stringify(paths['/api/v1/products'])).toContain('#/components/schemas/ProductsList')
  expect(JSON.stringify(paths['/api/v1/orders'])).toContain('#/components/schemas/List')
})

test('every reference of the merged document has its target', () => {
  const document = merge()
  const references = JSON.stringify(document).match(/#\/components\/[^"]+/gu) ?? []
  expect(references.length).toBeGreaterThan(5)
  for (const reference of references) {
    const target = reference
      .slice(2)
      .split('/')
      .reduce<unknown>((value, name) => z.record(z.string(), z.unknown()).parse(value)[name], document)
    expect(target, reference).toBeDefined()
  }
})

test('operation ids stay unique, and the answers of the gateway are added', () => {
  const { paths } = merge()
  const operations = Object.values(paths).flatMap((path) => Object.values(path))
  expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(['getOrder', 'list', 'products_list'])
  for (const { responses } of operations)
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '401', '429', '502', '503', '504']))
  expect(paths['/api/v1/orders']?.['get']?.security).toEqual([{ accessToken: [] }])
})

test('/openapi.json merges what the services say, without their addresses', async () => {
  const orders = await startUpstream(answerJson(ordersDocument))
  const products = await startUpstream(answerJson(productsDocument))
  const gateway = await startGateway({ orders: [orders], products: [products] })
  const answer = await gateway.call('/openapi.json')
  expect(answer).toMatchObject({ status: 200, json: { openapi: '3.1.1', servers: [{ url: '/' }], 'x-missing-services': ['auth'] } })
  expect(Object.keys(merged.parse(answer.json).paths)).toContain('/api/v1/products')
  expect(answer.text).not.toContain('127.0.0.1')
  await gateway.call('/openapi.json')
  expect(orders.hits()).toBe(1)
})

test('a service that is down is described by what it last said', async () => {
  const orders = await startUpstream(answerJson(ordersDocument))
  const products = await startUpstream(answerJson(productsDocument))
  const auth = await startUpstream(answerJson(describe({ '/auth/login': { post: operation('login', {}) } }, {})))
  const gateway = await startGateway({ auth, orders: [orders], products: [products] })
  const before = await gateway.call('/openapi.json')
  await orders.close()
  const after = await gateway.call('/openapi.json')
  expect(after.json).toEqual(before.json)
  expect(after.json).not.toHaveProperty('x-missing-services')
})

test('a service that never answers is named as missing within its time', async () => {
  const hanging = await startUpstream(() => {})
  const products = await startUpstream(answerJson(productsDocument))
  const gateway = await startGateway({ orders: [hanging], products: [products] })
  const answer = await gateway.call('/openapi.json')
  expect(answer).toMatchObject({ status: 200, json: { 'x-missing-services': ['auth', 'orders'] } })
})

test('/docs is interactive and loads nothing from elsewhere, and / leads to it', async () => {
  const gateway = await startGateway()
  const home = await gateway.call('/')
  expect(home).toMatchObject({ status: 302, headers: { location: '/docs/' } })
  const page = await gateway.call('/docs/')
  expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } })
  expect(page.text).toContain('/openapi.json')
  expect(page.text).not.toMatch(/(?:src|href)="https?:/u)
  expect(page.headers['content-security-policy']).toMatch(/default-src 'self'/u)
  const script = await gateway.call('/docs/js/scalar.js')
  expect(script.status).toBe(200)
  expect(script.text.length).toBeGreaterThan(1_000_000)
})

test('a Host header that is no host, or none, cannot break the docs', async () => {
  const gateway = await startGateway()
  for (const host of ['a b', '[::', 'x:99999', '%%%', '<script>', '']) {
    for (const path of ['/docs', '/docs/']) {
      const answer = await sendRaw(gateway.port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
      expect(answer, `${path} ${host}`).toMatch(/^HTTP\/1\.1 400 [\s\S]*\/problems\/malformed-request/u)
    }
  }
  expect(await sendRaw(gateway.port, 'GET /docs/ HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/u)
})

test('every problem type has its page', async () => {
  const gateway = await startGateway()
  for (const slug of [
    'upstream-unavailable',
    'upstream-timeout',
    'bad-gateway',
    'rate-limited',
    'invalid-token',
    'invalid-url',
    'body-too-large',
  ]) {
    expect(await gateway.call(`/problems/${slug}`)).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } })
  }
})
