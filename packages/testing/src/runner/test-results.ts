import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { repositoryRoot, type Workspace } from '../workspaces.ts'

export interface TestTotals {
  passed: number
  failed: number
  skipped: number
  /** What failed, one line each. */
  failures: string[]
}

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  success: boolean
  testResults: { name: string; status: string; message: string; assertionResults: { status: string; fullName: string }[] }[]
}

/** Where vitest leaves a workspace's results. */
function reportFile(workspace: Workspace, root = repositoryRoot): string {
  return path.join(root, workspace.folder, '.results', 'vitest.json')
}

/** So that an old result can never count for a run that did not happen. */
export async function removeReports(workspaces: readonly Workspace[]): Promise<void> {
  await Promise.all(workspaces.map((workspace) => rm(reportFile(workspace), { force: true })))
}

/** Sums all workspaces; one without a result, and a file that could not run, count as a failure each. */
export async function sumReports(workspaces: readonly Workspace[], root = repositoryRoot): Promise<TestTotals> {
  const parts = await Promise.all(workspaces.map((workspace) => readTotals(workspace, root)))
  return parts.reduce(add, { passed: 0, failed: 0, skipped: 0, failures: [] })
}

async function readTotals(workspace: Workspace, root: string): Promise<TestTotals> {
  const text = await readFile(reportFile(workspace, root), 'utf8').catch(() => undefined)
  if (text === undefined) return failure(`${workspace.folder}: no test result`)
  const report: VitestReport = JSON.parse(text)
  const tests = report.testResults.flatMap((file) => file.assertionResults.filter(({ status }) => status === 'failed'))
  const files = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  )
  const failures = [
    ...tests.map(({ fullName }) => `${workspace.folder}: ${fullName}`),
    ...files.map(({ name }) => `${workspace.folder}: ${path.basename(name)} could not run`),
  ]
  if (!report.success && failures.length === 0) failures.push(`${workspace.folder}: vitest reports no success`)
  if (report.numPassedTests === 0 && failures.length === 0) failures.push(`${workspace.folder}: no test was run`)
  return { passed: report.numPassedTests, failed: failures.length, skipped: report.numPendingTests + report.numTodoTests, failures }
}

function failure(line: string): TestTotals {
  return { passed: 0, failed: 1, skipped: 0, failures: [line] }
}

function add(left: TestTotals, right: TestTotals): TestTotals {
  return {
    passed: left.passed + right.passed,
    failed: left.failed + right.failed,
    skipped: left.skipped + right.skipped,
    failures: [...left.failures, ...right.failures],
  }
}
