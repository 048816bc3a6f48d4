import { createServer } from 'node:net'
import { Agent, request } from 'node:http'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { UnavailableError } from '@polystore/db-core'
import { customer, signed, staff, startDemoService } from './support/demo-service.ts'
import { expectProblem } from './support/expect-problem.ts'
import { ServiceProcess } from './support/service-process.ts'

const started: ServiceProcess[] = []
afterEach(() => started.splice(0).forEach((service) => service.child.kill('SIGKILL')))

function start(environment: Readonly<Record<string, string>> = {}): ServiceProcess {
  const service = new ServiceProcess(environment)
  started.push(service)
  return service
}

async function startReady(environment: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
  const service = start(environment)
  await service.logged('demo is ready')
  return service
}

describe('start', () => {
  test('while a dependency is down the probes answer and all else is 503; then it serves', async () => {
    const service = start({ DEPENDENCY: 'down' })
    await service.logged('waiting for dependencies')
    expect((await service.get('/livez')).status).toBe(200)
    await expectProblem(await service.get('/readyz'), 503, 'not-ready')
    const refused = await service.get('/fast')
    expect(refused.headers.get('retry-after')).toBe('1')
    await expectProblem(refused, 503, 'service-unavailable')
    service.child.kill('SIGUSR1')
    await service.logged('demo is ready')
    expect([(await service.get('/readyz')).status, (await service.get('/fast')).status]).toEqual([200, 200])
    expect(service.output).not.toContain('hunter2')
  })

  test('SIGTERM while a dependency is down stops at once with 0', async () => {
    const service = start({ DEPENDENCY: 'down' })
    await service.logged('waiting for dependencies')
    service.child.kill('SIGTERM')
    expect(await service.exited).toBe(0)
  })

  test('a port that is taken exits 1 and says so', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const service = start({ PORT: String(address === null || typeof address === 'string' ? 0 : address.port) })
    expect(await service.exited).toBe(1)
    expect(service.output).toMatch(/"code":"EADDRINUSE".*could not start/u)
    other.close()
  })
})

describe('stop', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal}: not ready, what runs is finished, pools are closed in order, exit 0`, async () => {
      const service = await startReady()
      const running = service.get('/work')
      await service.logged('work begins')
      service.child.kill(signal)
      await service.logged('stopping')
      await expectProblem(await service.get('/readyz'), 503, 'not-ready')
      service.child.kill('SIGUSR2')
      const response = await running
      expect([response.status, response.headers.get('connection'), await response.json()]).toEqual([200, 'close', { finished: true }])
      expect(await service.exited).toBe(0)
      expect(service.messages.slice(-3)).toEqual(['first close', 'second close', 'stopped'])
    })
  }

  test('no request fails in a rolling restart: 8 busy keep-alive clients move on when they are asked to', async () => {
    const [old, next] = await Promise.all([startReady(), startReady()])
    const outcomes: string[] = []
    let stopped = false
    const client = async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      for (let target = old; !stopped;) {
        const { outcome, movesOn } = await askOnce(`${target.url}/fast`, agent)
        outcomes.push(outcome)
        if (movesOn) target = next
      }
      agent.destroy()
    }
    const clients = Array.from({ length: 8 }, client)
    await expect.poll(() => outcomes.length).toBeGreaterThan(200)
    old.child.kill('SIGTERM')
    expect(await old.exited).toBe(0)
    const before = outcomes.length
    await expect.poll(() => outcomes.length).toBeGreaterThan(before + 100)
    stopped = true
    await Promise.all(clients)
    expect([...new Set(outcomes)]).toEqual(['200'])
  })

  test('work that does not end is cut off after SHUTDOWN_TIMEOUT_SECONDS, with exit 1', async () => {
    const service = await startReady({ SHUTDOWN_TIMEOUT_SECONDS: '1' })
    const running = service.get('/work').catch(() => 'cut off')
    await service.logged('work begins')
    service.child.kill('SIGTERM')
    expect(await service.exited).toBe(1)
    expect(await running).toBe('cut off')
    expect(service.messages).toContain('stopped by force')
  })

  test('a second signal exits at once', async () => {
    const service = await startReady()
    void service.get('/work').catch(() => undefined)
    await service.logged('work begins')
    service.child.kill('SIGTERM')
    await service.logged('stopping')
    service.child.kill('SIGTERM')
    expect(await service.exited).toBe(1)
  })
})

describe('what nobody catches', () => {
  for (const [path, message] of [
    ['/throw', 'uncaught exception'],
    ['/reject', 'unhandled rejection'],
  ] as const) {
    test(`${message} is logged without secrets and exits 1`, async () => {
      const service = await startReady()
      await service.get(path).catch(() => undefined)
      expect(await service.exited).toBe(1)
      expect(service.messages).toContain(message)
      expect(service.output).toContain('nobody catches')
      expect(service.output).not.toContain('hunter2')
    })
  }
})

describe('readiness', () => {
  test('names the reason of our own errors, hides that of others, and does not wait for ever', async () => {
    let check: () => Promise<void> = async () => {}
    const demo = await startDemoService({ ready: () => check() })
    const ask = () => fetch(`${demo.url}/readyz`)
    expect((await ask()).status).toBe(200)
    check = async () => Promise.reject(new UnavailableError('The database is not reachable.'))
    expect((await expectProblem(await ask(), 503, 'not-ready')).detail).toBe('The database is not reachable.')
    check = async () => Promise.reject(new Error('postgres://shop:hunter2@db'))
    expect((await expectProblem(await ask(), 503, 'not-ready')).detail).toBe('A dependency check failed.')
    check = () => new Promise(() => {})
    const both = await Promise.all([ask(), ask()])
    for (const response of both) expect((await expectProblem(response, 503, 'not-ready')).detail).toContain('2000 ms')
    await demo.close()
  })
})

describe('a database whose schema does not fit', () => {
  test('keeps everything but the probes from being served, from one probe to the next', async () => {
    let fault: string | undefined
    const demo = await startDemoService({ schema: () => Promise.resolve(fault) })
    const ask = (path: string, headers = signed(staff)) => fetch(`${demo.url}${path}`, { headers })
    expect([(await ask('/orders')).status, (await ask('/readyz')).status]).toEqual([200, 200])
    fault = '0003-add-phone is pending.'
    expect((await expectProblem(await ask('/readyz'), 503, 'not-ready')).detail).toBe(fault)
    for (const path of ['/orders', '/openapi.json', '/docs/', '/problems']) {
      const refused = await ask(path)
      expect(refused.headers.get('retry-after'), path).toBe('5')
      expect((await expectProblem(refused, 503, 'not-ready')).detail).not.toContain('0003')
    }
    for (const path of ['/livez', '/metrics', '/health']) expect((await ask(path)).status, path).toBe(200)
    expect(await (await ask('/health')).json()).toMatchObject({ status: 'fail', output: fault })
    await expectProblem(await ask('/health', signed(customer)), 403, 'forbidden')
    fault = undefined
    expect([(await ask('/readyz')).status, (await ask('/orders')).status]).toEqual([200, 200])
    expect(demo.logs.join('')).toMatch(/does not fit.*schema of the database fits/su)
    await demo.close()
  })

  test('is still known while the database does not answer', async () => {
    let check = () => Promise.resolve<string | undefined>('0003-add-phone is pending.')
    const demo = await startDemoService({ schema: () => check() })
    const ask = (path: string) => fetch(`${demo.url}${path}`, { headers: signed(staff) })
    await expectProblem(await ask('/readyz'), 503, 'not-ready')
    check = () => Promise.reject(new UnavailableError('The database is not reachable.'))
    expect((await expectProblem(await ask('/readyz'), 503, 'not-ready')).detail).toBe('The database is not reachable.')
    await expectProblem(await ask('/orders'), 503, 'not-ready')
    await demo.close()
  })
})

function askOnce(url: string, agent: Agent): Promise<{ outcome: string; movesOn: boolean }> {
  const { promise, resolve } = Promise.withResolvers<{ outcome: string; movesOn: boolean }>()
  const sent = request(url, { agent }, (response) => {
    response.resume().on('end', () => resolve({ outcome: String(response.statusCode), movesOn: response.headers.connection === 'close' }))
  })
  sent.on('error', (error: NodeJS.ErrnoException) => resolve({ outcome: error.code ?? 'error', movesOn: false }))
  sent.end()
  return promise
}
