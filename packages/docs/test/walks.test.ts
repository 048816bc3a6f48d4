import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { maskOutput, pageSteps, withOutputs } from '../src/page-steps.ts'
import { startSystem, type StartedSystem } from './support/started-system.ts'
import { openTerminal } from './support/terminal.ts'

const root = new URL('../../../', import.meta.url)
/** The pages speak of the usual ports, which may be taken here. */
const usual = { url: 'http://127.0.0.1:8080', authUrl: 'http://127.0.0.1:4001' }
let system: StartedSystem

beforeAll(async () => {
  system = await startSystem()
}, 120_000)
afterAll(async () => system.stop())

it.each(['docs/orders.md', 'docs/auth.md'])('every command of %s does what the page says', { timeout: 180_000 }, async (name) => {
  const page = new URL(name, root)
  const markdown = await readFile(page, 'utf8')
  const commands = pageSteps(markdown).filter((step) => step.kind === 'command')
  const outputs = await outputsOf(commands.map(({ command }) => command))
  if (process.env['UPDATE_PAGES']) return writeFile(page, withOutputs(markdown, outputs))
  const shown = (output: (index: number) => string) => commands.map(({ command }, index) => `$ ${command}\n${masked(output(index))}`)
  expect(shown((index) => outputs[index] ?? '')).toEqual(shown((index) => commands[index]?.output ?? ''))
})

it('the tests that docs/orders.md names are there', async () => {
  const page = await readFile(new URL('docs/orders.md', root), 'utf8')
  const missing: string[] = []
  let count = 0
  for (const { groups: { file = '', title = '' } = {} } of page.matchAll(/^\|[^|]+\| `(?<file>\S+\.ts)` \| (?<title>.+) \|$/gmu)) {
    count += 1
    const source = await readFile(new URL(file, root), 'utf8').catch(() => '')
    if (!source.replaceAll(/\(\s+'/gu, "('").includes(`('${title}',`)) missing.push(`${file}: ${title}`)
  }
  expect(missing).toEqual([])
  expect(count).toBeGreaterThan(10)
})

/** Of commands that are typed one after the other into a terminal of their own. */
async function outputsOf(commands: readonly string[]): Promise<string[]> {
  const terminal = openTerminal({ POLYSTORE_DATA: system.dataDir })
  const outputs: string[] = []
  try {
    for (const command of commands) {
      const output = await terminal.run(command.replaceAll(usual.url, system.url).replaceAll(usual.authUrl, system.authUrl))
      outputs.push(output.replaceAll(system.url, usual.url))
    }
  } finally {
    await terminal.close()
  }
  return outputs
}

/** Ids, ids of events and versions of entities differ from run to run as well. */
function masked(output: string): string {
  return maskOutput(output)
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gu, 'ID')
    .replaceAll(/^(id|retry): \d+$/gmu, '$1: N')
}
