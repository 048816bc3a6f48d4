import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sumReports } from '../src/runner/test-results.ts'
import type { Workspace } from '../src/workspaces.ts'

let root = ''

beforeAll(async () => {
  root = await mkdtemp('/tmp/polystore-results-')
})
afterAll(() => rm(root, { recursive: true, force: true }))

async function workspace(name: string, report?: object): Promise<Workspace> {
  const folder = `packages/${name}`
  await mkdir(path.join(root, folder, '.results'), { recursive: true })
  if (report) await writeFile(path.join(root, folder, '.results', 'vitest.json'), JSON.stringify(report))
  return { name, folder, hasTests: true }
}

const counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, success: true, testResults: [] }

test('results of all workspaces are summed', async () => {
  const one = await workspace('one', { ...counts, numPassedTests: 3 })
  const two = await workspace('two', { ...counts, numPassedTests: 4, numPendingTests: 1 })
  expect(await sumReports([one, two], root)).toEqual({ passed: 7, failed: 0, skipped: 1, failures: [] })
})

test('a workspace without a result is a failure', async () => {
  const { failed, failures } = await sumReports([await workspace('silent')], root)
  expect({ failed, failures }).toEqual({ failed: 1, failures: ['packages/silent: no test result'] })
})

test('a file that could not run is a failure, beside the tests that failed', async () => {
  const report = {
    ...counts,
    numFailedTests: 1,
    success: false,
    testResults: [
      { name: '/x/broken.test.ts', status: 'failed', message: 'SyntaxError', assertionResults: [] },
      { name: '/x/red.test.ts', status: 'failed', message: '', assertionResults: [{ status: 'failed', fullName: 'two is three' }] },
    ],
  }
  const { failed, failures } = await sumReports([await workspace('red', report)], root)
  expect(failed).toBe(2)
  expect(failures).toEqual(['packages/red: two is three', 'packages/red: broken.test.ts could not run'])
})

test('a run without a single test, and one that vitest calls no success, are failures', async () => {
  const empty = await workspace('empty', counts)
  const unhandled = await workspace('unhandled', { ...counts, numPassedTests: 1, success: false })
  expect((await sumReports([empty, unhandled], root)).failures).toEqual([
    'packages/empty: no test was run',
    'packages/unhandled: vitest reports no success',
  ])
})
