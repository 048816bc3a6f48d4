import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { followLog } from '../src/databases/log-lines.ts'
import { demoLogins, findRunningStack, type RunningStack } from '../src/index.ts'
import { childrenOf } from './support/children.ts'
import { eventually, isAlive } from './support/processes.ts'

const script = fileURLToPath(new URL('../src/start.ts', import.meta.url))
let dataDir = ''
const starts: ChildProcess[] = []

beforeAll(async () => {
  dataDir = await mkdtemp('/tmp/polystore-start-')
})
afterEach(async () => {
  const alive = starts.splice(0).filter((child) => child.exitCode === null && child.signalCode === null)
  const gone = alive.map((child) => once(child, 'exit'))
  for (const child of alive) child.kill('SIGINT')
  await Promise.all(gone)
})
afterAll(async () => {
  await rm(dataDir, { recursive: true, force: true })
})

function spawnStart(): ChildProcess {
  const child = spawn(process.execPath, [script, '--data', dataDir], { stdio: ['ignore', 'pipe', 'pipe'] })
  starts.push(child)
  return child
}

async function start(): Promise<{ child: ChildProcess; pids: number[]; running: RunningStack; output: () => string }> {
  const child = spawnStart()
  const log = followLog(child)
  const ready = await log.waitFor(/Ready after/u)
  const running = await findRunningStack(dataDir)
  if (!ready || !running) throw new Error(log.text())
  return { child, pids: await childrenOf(child.pid ?? 0), running, output: log.text }
}

async function post({ urls }: RunningStack, route: string, body: object): Promise<{ status: number; text: string }> {
  const response = await fetch(`${urls.gateway}/api/v1${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  })
  return { status: response.status, text: await response.text() }
}

const newcomer = { email: 'newcomer@example.com', username: 'newcomer', fullName: 'New Comer', password: 'a-long-enough-password-1' }

test('the first start prints addresses and a login that works; Ctrl-C leaves no process', async () => {
  const { child, pids, running, output } = await start()
  expect(output()).toContain(`${running.urls.gateway}/docs`)
  expect(output()).toContain(demoLogins.customer)
  expect(output()).not.toContain(running.environments.auth.INTERNAL_SECRET)
  expect(await post(running, '/auth/login', { email: demoLogins.customer, password: demoLogins.password })).toMatchObject({ status: 200 })
  expect(await post(running, '/auth/register', newcomer)).toMatchObject({ status: 201 })
  // Two databases, four services, and who watches over them.
  expect(pids).toHaveLength(7)
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([0, null])
  await eventually(() => !pids.some(isAlive), 1_000)
  expect(await findRunningStack(dataDir)).toBeUndefined()
})

test('secrets are readable by their owner only', async () => {
  expect((await stat(path.join(dataDir, 'secrets.json'))).mode & 0o777).toBe(0o600)
})

test('the second start finds the data of the first, and refuses a third beside it', async () => {
  const { child, running } = await start()
  expect(await post(running, '/auth/login', { email: newcomer.email, password: newcomer.password })).toMatchObject({ status: 200 })
  const third = spawnStart()
  const [[code], complaint] = await Promise.all([once(third, 'exit'), third.stderr ? text(third.stderr) : ''])
  expect(code).toBe(1)
  expect(complaint).toContain(`already running at ${running.urls.gateway}`)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('SIGKILL of the runner leaves no process, and the next start recovers', async () => {
  const first = await start()
  first.child.kill('SIGKILL')
  await eventually(() => !first.pids.some(isAlive))
  const second = await start()
  expect(await post(second.running, '/auth/login', { email: newcomer.email, password: newcomer.password })).toMatchObject({ status: 200 })
  second.child.kill('SIGINT')
  expect(await once(second.child, 'exit')).toEqual([0, null])
})
