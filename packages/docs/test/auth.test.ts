import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { maskOutput, pageSteps, withOutputs } from '../src/page-steps.ts'
import { startSystem, type StartedSystem } from './support/started-system.ts'
import { openTerminal, type Terminal } from './support/terminal.ts'

const page = new URL('../../../docs/auth.md', import.meta.url)
const usual = { url: 'http://127.0.0.1:8080', authUrl: 'http://127.0.0.1:4001' }
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

it('every command of docs/auth.md does what the page says', { timeout: 180_000 }, async () => {
  const markdown = await readFile(page, 'utf8')
  const commands = pageSteps(markdown).filter((step) => step.kind === 'command')
  const outputs: string[] = []
  for (const { command } of commands) outputs.push(await terminal.run(onThisMachine(command)))
  if (process.env['UPDATE_PAGES']) return writeFile(page, withOutputs(markdown, outputs))
  const shown = (output: (index: number) => string) => commands.map(({ command }, index) => `$ ${command}\n${maskOutput(output(index))}`)
  expect(shown((index) => outputs[index] ?? '')).toEqual(shown((index) => commands[index]?.output ?? ''))
})

/** The page speaks of the usual ports, which may be taken here. */
function onThisMachine(command: string): string {
  return command.replaceAll(usual.url, system.url).replaceAll(usual.authUrl, system.authUrl)
}
