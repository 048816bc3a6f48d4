import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createMongoDatabase, createPostgresDatabase } from '@polystore/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { expectShown, guideProgram } from '../src/guide.ts'

const run = promisify(execFile)
const page = new URL('../../../docs/data-access.md', import.meta.url)
/** Inside the workspace, so that its imports are found as a reader's would be. */
const folder = new URL('../.results/guide/', import.meta.url)
const program = fileURLToPath(new URL('data-access.ts', folder))

beforeAll(async () => {
  await mkdir(folder, { recursive: true })
  await writeFile(program, guideProgram(await readFile(page, 'utf8')))
  await writeFile(new URL('tsconfig.json', folder), JSON.stringify({ extends: '../../../../tsconfig.base.json', include: ['*.ts'] }))
})
afterAll(() => rm(folder, { recursive: true }))

it('the data access guide compiles', async () => {
  const compiler = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url))
  const { stdout } = await run(compiler, ['-p', fileURLToPath(folder)]).catch((error: { stdout: string }) => error)
  expect(stdout).toBe('')
})

it('the data access guide runs, and every claim in it holds', async () => {
  const [sql, mongo] = await Promise.all([createPostgresDatabase(), createMongoDatabase()])
  try {
    const env = { ...process.env, DATABASE_URL: sql.url, MONGO_URL: mongo.url }
    const { stdout, stderr } = await run(process.execPath, [program], { env, timeout: 60_000 })
    expect(stderr).toBe('')
    expect(stdout).toContain('told after the commit')
  } finally {
    await Promise.all([sql.drop(), mongo.drop()])
  }
})

it('a claim that does not hold is found', async () => {
  const [, , claim] = guideProgram("```ts\nfirst()\nawait one() //=> 'two'\n```\n").split('\n')
  expect(claim).toBe(`await expectShown(async () => (one()), "'two'")`)
  await expect(expectShown(async () => 'one', "'two'")).rejects.toThrow("The page says 'two'\nbut it is  'one'")
  await expectShown(async () => ({ id: 'x1', n: 1 }), "{ id: '…', n: 1 }")
  await expectShown(() => Promise.reject(new TypeError('no')), 'TypeError: no')
})
