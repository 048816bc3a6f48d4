import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, describe, expect, it } from 'vitest'
import { type Operation, operationsOf } from './support/api-document.ts'
import { bodyCases } from './support/body-cases.ts'
import type { Case } from './support/case.ts'
import { descriptionFaults, unusedTags } from './support/description-faults.ts'
import { exampleRequest } from './support/example-request.ts'
import { hiddenRoutes } from './support/hidden-routes.ts'
import { headerCases } from './support/header-cases.ts'
import type { Answer } from './support/http-exchange.ts'
import { inParallel } from './support/in-parallel.ts'
import { methodCases } from './support/method-cases.ts'
import { problemFaults, slugOf } from './support/problem-faults.ts'
import {
  backServices,
  type Caller,
  callers,
  endsSessions,
  mayCall,
  publicOperations,
  publicPrefix,
  startSystem,
} from './support/running-system.ts'
import { targetCases } from './support/target-cases.ts'

// At collection: the tests are named after the operations that the running services describe.
const system = await startSystem()
afterAll(() => system.stop(), 30_000)

const casesOf = (operation: Operation): Case[] => [...targetCases(operation), ...headerCases(operation), ...bodyCases(operation)]
const throughGateway = backServices.flatMap((service) => publicOperations(system.services[service]))
const refusals = ['unauthenticated', 'forbidden', 'malformed-request', 'unsupported-media-type', 'body-too-large', 'uri-too-long']

describe.each(['gateway', ...backServices] as const)('the description by %s', (name) => {
  const document = name === 'gateway' ? system.gateway : system.services[name]
  const operations = operationsOf(document)

  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate({ ...structuredClone(document) })
    expect(result.errors ?? []).toEqual([])
    expect(document.openapi).toMatch(/^3\.1\./u)
  })

  it('gives every operation a summary, examples and its problems, and no tag for nothing', () => {
    const faults = operations.flatMap((one) => descriptionFaults(one, system.problemTypes).map((fault) => `${one.title}: ${fault}`))
    expect([...faults, ...unusedTags(document, operations)]).toEqual([])
  })
})

describe('the public description', () => {
  const described = operationsOf(system.gateway)

  it('holds every operation of the services that clients may call, and none that services keep for each other', () => {
    const callable = throughGateway.filter(({ access }) => access !== 'service')
    expect(described.map(({ title }) => title).toSorted()).toEqual(callable.map(({ method, path }) => `${method} ${path}`).toSorted())
    expect(described.filter(({ access }) => access === 'service')).toEqual([])
  })

  it.each(described.filter(({ body }) => body !== undefined))('$title takes its own example', async (operation) => {
    const { headers, ...request } = exampleRequest(operation)
    const answer = await system.http.send(system.urls.gateway, {
      ...request,
      headers: { ...headers, ...system.headersOf('an administrator') },
    })
    // A name that is taken, a product that is not there: the state may be against it, the shape may not.
    expect([200, 201, 202, 204, 401, 404, 409, 412, 422], answer.text).toContain(answer.status)
  })

  it('leaves out the routes that no client calls by program, and these alone', async () => {
    expect(await hiddenRoutes()).toEqual([
      'apps/auth/src/links/link-page-routes.ts',
      'apps/auth/src/mail/mailbox-routes.ts',
      'apps/gateway/src/docs/home-routes.ts',
      'apps/gateway/src/proxy/proxy-plugin.ts',
    ])
  })

  it('every problem has a page', async () => {
    expect(system.problemTypes.size).toBeGreaterThan(40)
    const pages = await inParallel([...system.problemTypes], (target) => system.http.send(system.urls.gateway, { method: 'GET', target }))
    expect(pages.map(({ status }) => status).filter((status) => status !== 200)).toEqual([])
  })
})

const pages = [
  '/',
  '/livez',
  '/readyz',
  '/openapi.json',
  '/problems',
  '/problems/not-found',
  '/docs/js/scalar.js',
  '/docs',
  '/nothing',
  '/health',
  '/metrics',
]

describe.each(['gateway', ...backServices] as const)('the pages of %s', (name) => {
  const origin = system.urls[name]

  it('allow style of their own at /docs/ alone, and evaluated script nowhere', async () => {
    const policies = await inParallel(
      pages,
      async (target) => (await system.http.send(origin, { method: 'GET', target })).headers['content-security-policy'],
    )
    expect(policies.filter((policy) => !/default-src 'none'/u.test(String(policy)) || /unsafe/u.test(String(policy)))).toEqual([])
    const docs = await system.http.send(origin, { method: 'GET', target: '/docs/' })
    expect(docs.headers['content-security-policy']).toMatch(/^script-src 'self' 'sha256-[^;']+'; (?!.*unsafe-eval)/u)
  })

  it('refuse other methods and faulty targets with a problem', async () => {
    const wrongMethods = pages.flatMap((target) => ['POST', 'DELETE', 'OPTIONS'].map((method) => ({ method, target })))
    const targets = [
      '/problems/%ff',
      '/problems/%00',
      '/problems/zz',
      `/problems/${'a'.repeat(101)}`,
      '/docs/%2e%2e/x',
      '/docs/..%5cx',
      '/?a=%00',
      '//livez',
    ]
    const requests = [...wrongMethods, ...targets.map((target) => ({ method: 'GET', target }))]
    const faults = await inParallel(requests, async (request) =>
      faultsOf(await system.http.send(origin, request), { title: `${request.method} ${request.target}` }),
    )
    expect(faults.flat()).toEqual([])
  })
})

describe('every operation through the gateway', () => {
  it.each(throughGateway)('$title refuses every fault of a request with a problem', async (operation) => {
    const cases = casesOf(operation)
    expect(cases.length).toBeGreaterThan(15)
    const rows = callers.flatMap((caller) => cases.filter((one) => isWorthwhile(one, caller, operation)).map((one) => ({ caller, one })))
    const faults = await inParallel(rows, async ({ caller, one }) => {
      const headers = { ...one.request.headers, ...system.headersOf(caller, operation) }
      const answer = await system.http.send(system.urls.gateway, { ...one.request, headers })
      return faultsOf(answer, { title: `${caller}, ${one.title}`, operation, ...allowedFor(one, caller, operation) })
    })
    expect(faults.flat()).toEqual([])
  })

  it.each(throughGateway)('$title refuses a token that is not genuine', async (operation) => {
    const [first] = casesOf(operation).filter(({ stage }) => stage === 'content')
    if (first === undefined) throw new Error('an operation without a case')
    const tokens = ['Bearer not-a-token', 'Bearer ', 'Basic YTpi', `Bearer ${'a.'.repeat(3_000)}`]
    const faults = await inParallel(tokens, async (authorization) => {
      const headers = { ...first.request.headers, authorization }
      const answer = await system.http.send(system.urls.gateway, { ...first.request, headers })
      return faultsOf(answer, {
        title: authorization.slice(0, 20),
        operation,
        slugs: ['invalid-token', 'unauthenticated', 'malformed-request'],
      })
    })
    expect(faults.flat()).toEqual([])
  })
})

describe.each(backServices)('every operation directly at %s', (service) => {
  it.each(operationsOf(system.services[service]))('$title knows nobody who does not come through the gateway', async (operation) => {
    const forged = { authorization: system.headersOf('an administrator')['authorization'] ?? '', 'x-user-id': 'admin' }
    const faults = await inParallel(casesOf(operation), async (one) => {
      const answer = await system.http.send(system.urls[service], { ...one.request, headers: { ...one.request.headers, ...forged } })
      const slugs = one.stage === 'content' && operation.access !== 'open' ? ['not-through-gateway'] : undefined
      const mayPass = operation.access === 'open'
      return faultsOf(answer, { title: one.title, operation: mayPass ? operation : undefined, ...(slugs === undefined ? {} : { slugs }) })
    })
    expect(faults.flat()).toEqual([])
  })
})

describe.each(backServices)('a wrong method at %s', (service) => {
  const operations = operationsOf(system.services[service])
  const origins = [
    { through: 'directly', origin: system.urls[service], prefix: '', own: operations },
    { through: 'through the gateway', origin: system.urls.gateway, prefix: publicPrefix, own: publicOperations(system.services[service]) },
  ]
  it.each(origins)('is answered $through with 405 and the methods there are', async ({ origin, own }) => {
    const cases = methodCases(own)
    expect(cases.length).toBeGreaterThan(4)
    const faults = await inParallel(cases, async ({ title, request, allow }) => {
      const answer = await system.http.send(origin, request)
      const listed = String(answer.headers['allow']).split(', ')
      const wrong = listed.join() === allow.join() ? [] : [`${title}: Allow ${listed.join()} instead of ${allow.join()}`]
      return [...wrong, ...faultsOf(answer, { title, slugs: ['method-not-allowed'] })]
    })
    expect(faults.flat()).toEqual([])
  })
})

/** The many faults of single fields are for those who get as far as the fields. */
function isWorthwhile(one: Case, caller: Caller, { access }: Operation): boolean {
  return mayCall(caller, access) || one.stage === 'target' || one.slugs !== undefined
}

function allowedFor({ slugs, stage }: Case, caller: Caller, operation: Operation): { slugs?: readonly string[] } {
  const { access } = operation
  if (mayCall(caller, access) || (slugs !== undefined && stage === 'target'))
    return slugs === undefined ? {} : { slugs: endsSessions(operation) ? [...slugs, 'invalid-token'] : slugs }
  return { slugs: [...refusals, ...(stage === 'target' ? ['invalid-url', 'invalid-request', 'not-found'] : [])] }
}

interface Expected {
  title: string
  /** Its documented successes are taken, unless the answer must be one of `slugs`. */
  operation?: Operation | undefined
  slugs?: readonly string[]
}

function faultsOf(answer: Answer, { title, operation, slugs }: Expected): string[] {
  const isSuccess = answer.status >= 200 && answer.status < 300
  if (isSuccess && slugs === undefined && operation?.object.responses[answer.status] !== undefined) return []
  const faults = problemFaults(answer, system.problemTypes)
  if (slugs !== undefined && !slugs.includes(slugOf(answer)))
    faults.push(`${answer.status} ${slugOf(answer)} instead of ${slugs.join(' or ')}`)
  return faults.map((fault) => `${title}: ${fault}`)
}
