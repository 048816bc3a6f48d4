import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type DemoService, startDemoService } from './support/demo-service.ts'

const operation = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  'x-access': z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string(), required: z.boolean(), schema: z.looseObject({}) })).optional(),
  requestBody: z
    .looseObject({
      required: z.literal(true),
      content: z.record(z.string(), z.looseObject({ schema: z.looseObject({}), example: z.unknown() })),
    })
    .optional(),
  responses: z.record(z.string(), z.looseObject({ description: z.string(), content: z.record(z.string(), z.looseObject({})).optional() })),
})
const openApi = z.strictObject({
  openapi: z.literal('3.1.1'),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  servers: z.array(z.strictObject({ url: z.string() })),
  tags: z.array(z.strictObject({ name: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.strictObject({
    schemas: z.record(z.string(), z.looseObject({})),
    securitySchemes: z.record(z.string(), z.looseObject({})),
  }),
})

let demo: DemoService
let document: z.infer<typeof openApi>
beforeAll(async () => {
  demo = await startDemoService({ docs: { title: 'Demo API', description: 'Shows what a service can do.' } })
  document = openApi.parse(await (await fetch(`${demo.url}/openapi.json`)).json())
})
afterAll(() => demo.close())

test('every route that is not hidden is described, and nothing else', () => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
  expect(operations.sort()).toEqual([
    'delete /orders/{id}',
    'get /broken',
    'get /database',
    'get /orders',
    'get /orders/{id}',
    'get /reports/{name}',
    'get /slow',
    'patch /orders/{id}',
    'post /holds/{id}/commit',
    'post /notes',
    'post /orders',
  ])
  expect(document.info).toEqual({ title: 'Demo API', version: '1.2.3', description: 'Shows what a service can do.' })
})

test('an operation has its body, parameters, answers and an example of each', () => {
  const place = document.paths['/orders']?.['post']
  expect(place?.requestBody?.content['application/json']).toMatchObject({
    schema: { type: 'object', additionalProperties: false, required: ['lines'] },
    example: { lines: [{ sku: 'text', quantity: 1 }] },
  })
  expect(place?.responses['201']?.content?.['application/json']).toMatchObject({
    schema: { $ref: '#/components/schemas/Order' },
    example: { id: expect.any(String), placedAt: '2026-01-31T12:00:00.000Z' },
  })
  expect(document.paths['/orders/{id}']?.['patch']?.requestBody?.content).toHaveProperty(['application/merge-patch+json'])
  expect(document.paths['/orders']?.['get']?.parameters).toMatchObject([
    { name: 'limit', in: 'query', required: false, schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 } },
    { name: 'cursor', in: 'query', required: false, description: expect.any(String), schema: { type: 'string', maxLength: 2048 } },
    { name: 'open', in: 'query', required: false, schema: { type: 'boolean' } },
  ])
  expect(document.paths['/orders/{id}']?.['get']?.parameters).toMatchObject([
    { name: 'id', in: 'path', required: true, schema: { format: 'uuid' } },
  ])
  expect(document.paths['/orders/{id}']?.['delete']?.responses['204']).toEqual({ description: 'No Content' })
})

test('a header that is demanded by a problem shows as required, with what the route says of it', () => {
  expect(document.paths['/orders/{id}']?.['patch']?.parameters).toMatchObject([
    { name: 'id' },
    { name: 'if-match', required: true, description: 'The ETag that was read', schema: { type: 'string', examples: ['"3"'] } },
  ])
})

test('an operation lists its problems by status, those it declares and those of its kind', () => {
  const responses = document.paths['/orders']?.['post']?.responses ?? {}
  expect(Object.keys(responses)).toEqual(['201', '400', '401', '409', '413', '415', '500', '503'])
  expect(responses['409']?.content?.['application/problem+json']).toMatchObject({
    schema: { $ref: '#/components/schemas/Problem' },
    examples: { 'insufficient-stock': { value: { type: '/problems/insufficient-stock', status: 409 } } },
  })
})

test('access shows as security', () => {
  expect(document.paths['/orders']?.['post']?.security).toEqual([{ bearer: [] }])
  expect(document.paths['/orders']?.['get']?.security).toEqual([])
  expect(document.paths['/holds/{id}/commit']?.['post']).toMatchObject({ security: [{ service: [] }], 'x-access': 'service' })
  expect(Object.keys(document.components.securitySchemes)).toEqual(['bearer', 'service'])
})

test('every reference leads to a component', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/gu)].map((match) => match[1] ?? '')
  expect(references).not.toEqual([])
  for (const name of references) expect(document.components.schemas).toHaveProperty([name])
  expect(JSON.stringify(document)).not.toContain('$defs')
})

test('the docs page and its script come from the service, and the policy forbids anything else', async () => {
  const page = await fetch(`${demo.url}/docs/`)
  const html = await page.text()
  expect(html).toContain('<title>Demo API</title>')
  expect(html).toContain('/openapi.json')
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
  const sources = [...html.matchAll(/(?:src|href)="([^"]+)"/gu)].map((match) => new URL(match[1] ?? '', `${demo.url}/docs/`))
  expect(sources.map((source) => source.origin)).toEqual(sources.map(() => demo.url))
  const [script] = sources
  expect((await fetch(script ?? '')).headers.get('content-type')).toContain('javascript')
})

test('the document can be another one, as at the gateway', async () => {
  const other = await startDemoService({ docs: { document: async () => ({ ...document, info: { title: 'Merged', version: '2' } }) } })
  expect(await (await fetch(`${other.url}/openapi.json`)).json()).toMatchObject({ info: { title: 'Merged' } })
  await other.close()
})
