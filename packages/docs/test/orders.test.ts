import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { maskOutput, pageSteps, withOutputs } from '../src/page-steps.ts'
import { startSystem, type StartedSystem } from './support/started-system.ts'
import { openTerminal, type Terminal } from './support/terminal.ts'

const root = new URL('../../../', import.meta.url)
const page = new URL('docs/orders.md', root)
const usualAddress = 'http://127.0.0.1:8080'
let system: StartedSystem
let terminal: Terminal

beforeAll(async () => {
  system = await startSystem()
  terminal = openTerminal({ POLYSTORE_DATA: system.dataDir })
}, 120_000)
afterAll(async () => {
  await terminal.close()
  await system.stop()
})

it('every command of docs/orders.md does what the page says', { timeout: 180_000 }, async () => {
  const markdown = await readFile(page, 'utf8')
  const commands = pageSteps(markdown).filter((step) => step.kind === 'command')
  const outputs: string[] = []
  for (const { command } of commands) outputs.push(await runAsAtHome(command))
  if (process.env['UPDATE_PAGES']) return writeFile(page, withOutputs(markdown, outputs))
  const shown = (output: (index: number) => string) => commands.map(({ command }, index) => `$ ${command}\n${masked(output(index))}`)
  expect(shown((index) => outputs[index] ?? '')).toEqual(shown((index) => commands[index]?.output ?? ''))
})

it('the tests that docs/orders.md names are there', async () => {
  const rows = (await readFile(page, 'utf8')).matchAll(/^\|[^|]+\| `(?<file>\S+\.ts)` \| (?<title>.+) \|$/gmu)
  const missing: string[] = []
  let count = 0
  for (const { groups: { file = '', title = '' } = {} } of rows) {
    count += 1
    const source = await readFile(new URL(file, root), 'utf8').catch(() => '')
    if (!source.replaceAll(/\(\s+'/gu, "('").includes(`('${title}',`)) missing.push(`${file}: ${title}`)
  }
  expect(missing).toEqual([])
  expect(count).toBeGreaterThan(10)
})

/** The page speaks of the usual port, which may be taken here. */
async function runAsAtHome(command: string): Promise<string> {
  const output = await terminal.run(command.replaceAll(usualAddress, system.url))
  return output.replaceAll(system.url, usualAddress)
}

/** Ids, ids of events and versions of entities differ from run to run as well. */
function masked(output: string): string {
  return maskOutput(output)
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gu, 'ID')
    .replaceAll(/^(id|retry): \d+$/gmu, '$1: N')
}
