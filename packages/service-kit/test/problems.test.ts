import { readdirSync, readFileSync } from 'node:fs'
import { ConflictError, NotFoundError, StaleVersionError, UnavailableError, UnknownDatabaseError } from '@polystore/db-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isProblemSlug, Problem, problemRegistry, renderProblem, toProblem } from '../src/index.ts'
import { type DemoService, startDemoService } from './support/demo-service.ts'
import { expectProblem } from './support/expect-problem.ts'

describe('the registry', () => {
  test('slugs, statuses, titles and descriptions are well formed', () => {
    for (const [slug, { status, title, description }] of Object.entries(problemRegistry)) {
      expect(slug).toMatch(/^[a-z]+(?:-[a-z]+)*$/u)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(600)
      expect(`${title} ${description}`, slug).not.toMatch(/[<>&"]/u)
      expect(description, slug).toMatch(/\.$/u)
    }
  })

  test('every slug that code of this repository throws or declares is in it', () => {
    const root = new URL('../../../', import.meta.url)
    const sources = ['apps', 'packages'].flatMap((folder) =>
      readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.includes('/src/') && path.endsWith('.ts') && !path.includes('node_modules'))
        .map((path) => readFileSync(new URL(`${folder}/${path}`, root), 'utf8')),
    )
    const thrown = sources.flatMap((source) => [...source.matchAll(/new Problem\(\s*'([^']+)'/gu)].map((match) => match[1] ?? ''))
    const declared = sources.flatMap((source) =>
      [...source.matchAll(/problems: \[([^\]]*)\]/gu)].flatMap((match) =>
        [...(match[1] ?? '').matchAll(/'([^']+)'/gu)].map((slug) => slug[1] ?? ''),
      ),
    )
    expect(thrown.length).toBeGreaterThan(20)
    expect([...new Set([...thrown, ...declared])].filter((slug) => !isProblemSlug(slug))).toEqual([])
  })

  test('names of Object.prototype are not slugs', () => {
    for (const name of ['constructor', 'toString', '__proto__', '']) expect(isProblemSlug(name)).toBe(false)
  })
})

describe('toProblem', () => {
  test('errors of the repository keep their meaning', () => {
    const cases = [
      [new NotFoundError('users: not found'), 404, 'not-found'],
      [new ConflictError('users', { fields: ['email'] }), 409, 'conflict'],
      [new StaleVersionError('stale'), 412, 'stale-version'],
      [new UnavailableError('down'), 503, 'unavailable'],
      [new UnknownDatabaseError('?'), 500, 'internal-error'],
    ] as const
    for (const [error, status, slug] of cases) expect(toProblem(error)).toMatchObject({ status, slug })
    expect(toProblem(new ConflictError('users', { fields: ['email'] })).errors).toEqual([
      { pointer: '#/email', detail: 'is taken by another record' },
    ])
    expect(toProblem(new UnavailableError('down')).headers).toEqual({ 'retry-after': '1' })
  })

  test('anything else is an internal error without its text', () => {
    for (const thrown of [
      new Error('canary'),
      'canary',
      undefined,
      null,
      { statusCode: 404 },
      Object.assign(new Error('canary'), { code: 'ECONNREFUSED' }),
    ]) {
      const problem = toProblem(thrown)
      expect([problem.slug, JSON.stringify(renderProblem(problem, {}))]).toEqual(['internal-error', expect.not.stringContaining('canary')])
    }
  })

  test('extensions are shown and cannot replace the standard members', () => {
    const document = renderProblem(
      new Problem('insufficient-stock', { detail: 'd', extensions: { skus: ['A'], status: 200, type: 'x' } }),
      { instance: '/orders', traceId: 't' },
    )
    expect(document).toEqual({
      skus: ['A'],
      type: '/problems/insufficient-stock',
      title: 'Insufficient stock',
      status: 409,
      detail: 'd',
      instance: '/orders',
      traceId: 't',
    })
  })
})

describe('pages', () => {
  let demo: DemoService
  beforeAll(async () => (demo = await startDemoService()))
  afterAll(() => demo.close())

  test('each problem has one, and the list links to all', async () => {
    const list = await (await fetch(`${demo.url}/problems`)).text()
    for (const [slug, { title }] of Object.entries(problemRegistry)) {
      expect(list).toContain(`href="/problems/${slug}"`)
      const page = await fetch(`${demo.url}/problems/${slug}`)
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
      expect(await page.text()).toContain(`<h1>${title}</h1>`)
    }
  })

  test('an unknown one is a problem itself', async () =>
    void (await expectProblem(await fetch(`${demo.url}/problems/constructor`), 404, 'not-found')))
})
