import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStack, type ProcessName, type Stack } from '../src/index.ts'
import { isAlive } from './support/processes.ts'

let stack: Stack

beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.stop())

async function readiness(): Promise<number> {
  const response = await fetch(`${stack.urls.orders}/readyz`, { signal: AbortSignal.timeout(10_000) })
  await response.body?.cancel()
  return response.status
}

test.each(['orders', 'mongo', 'postgres', 'gateway'] as const)('%s comes back on its address after SIGKILL', async (name: ProcessName) => {
  const supervised = stack.processes.get(name)
  const before = supervised?.pid
  await supervised?.kill('SIGKILL')
  await supervised?.ready()
  expect(supervised?.pid).not.toBe(before)
  await expect.poll(readiness, { timeout: 20_000 }).toBe(200)
})

test('stop ends every process, and can be called twice', async () => {
  const pids = [...stack.processes.values()].map(({ pid }) => pid ?? 0)
  expect(pids).toHaveLength(6)
  await stack.stop()
  await stack.stop()
  expect(pids.filter(isAlive)).toEqual([])
})
