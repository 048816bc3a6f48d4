import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mutations, type Mutation } from './mutation/mutations.ts'
import { applyPatch, sourceOf } from './mutation/patch.ts'

const packageDir = fileURLToPath(new URL('..', import.meta.url))
const vitest = fileURLToPath(new URL('vitest.mjs', import.meta.resolve('vitest/package.json')))
const suites = [...new Set(Object.values(mutations).map(({ suite }) => suite))]

interface Cell {
  readonly ancestorTitles: readonly string[]
  readonly title: string
  readonly status: string
}

/** Runs a suite in a process of its own, with the patch of a mutation or none, and answers what became of its cells. */
async function run(suite: string, options: { readonly mutation?: string; readonly cell?: string }): Promise<Cell[]> {
  const report = path.join(folder, `${options.mutation ?? path.basename(suite)}.json`)
  const only = options.cell === undefined ? [] : ['-t', patternOf(options.cell)]
  const args = [vitest, 'run', suite, ...only, '--config', 'test/mutation/vitest.config.ts', '--reporter=json', `--outputFile=${report}`]
  await new Promise((resolve) => execFile(process.execPath, args, { cwd: packageDir, env: environment(options.mutation) }, resolve))
  const { testResults }: { testResults: { assertionResults: Cell[] }[] } = JSON.parse(await readFile(report, 'utf8'))
  return testResults.flatMap(({ assertionResults }) => assertionResults)
}

function patternOf(cell: string): string {
  return `${cell.replaceAll(/[()[\]{}.*+?^$|\\]/g, '\\$&')}$`
}

/** What this run tells its own workers is none of the other's business. */
function environment(mutation: string | undefined): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'))
  return { ...Object.fromEntries(inherited), ...(mutation !== undefined && { POLYSTORE_MUTATION: mutation }) }
}

let folder = ''
const unbroken = new Map<string, Cell[]>()

/** Two at a time. */
const places = [Promise.resolve(), Promise.resolve()]
let turn = 0
function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  const place = (turn += 1) % places.length
  const result = (places[place] ?? Promise.resolve()).then(work)
  places[place] = result.then(
    () => {},
    () => {},
  )
  return result
}

describe.concurrent('the suite notices when', { timeout: 180_000 }, () => {
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'db-core-mutation-'))
    await Promise.all(suites.map(async (suite) => unbroken.set(suite, await inTurn(() => run(suite, {})))))
  }, 180_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.for(Object.entries(mutations))('%s', async ([name, mutation], { expect: expectHere }) => {
    expectHere(applyPatch(await sourceOf(mutation), mutation)).toContain(mutation.to)
    expectHere(statusesOf(unbroken.get(mutation.suite) ?? [], mutation)).toEqual(['passed'])
    const broken = await inTurn(() => run(mutation.suite, { mutation: name, cell: mutation.cell }))
    expectHere(statusesOf(broken, mutation)).toEqual(['failed'])
  })
})

it('every suite passes as it is', () => {
  for (const suite of suites) {
    const cells = unbroken.get(suite) ?? []
    expect(cells.filter(({ status }) => status !== 'passed')).toEqual([])
    expect(cells.length).toBeGreaterThan(0)
  }
})

function statusesOf(cells: readonly Cell[], { cell }: Mutation): string[] {
  return cells.filter(({ ancestorTitles, title }) => [...ancestorTitles, title].join(' > ').endsWith(cell)).map(({ status }) => status)
}
