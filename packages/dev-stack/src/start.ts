import path from 'node:path'
import { parseArgs } from 'node:util'
import { refusal } from './stack/preflight.ts'
import { defaultDataDir, findRunningStack, removeRunningFile, writeRunningFile } from './stack/running-file.ts'
import { stackTable } from './stack/stack-table.ts'
import { bringUp, prepareStack, type Stack } from './stack/start-stack.ts'
import { usualPorts } from './stack/stack-ports.ts'

const usage = 'usage: npm start [-- --data <folder>] [--transport http|rabbitmq]'
const startedAt = Date.now()

process.exitCode = await start(process.argv.slice(2))

async function start(args: string[]): Promise<number> {
  const wanted = wishes(args)
  const fault = wanted === undefined ? usage : (refusal() ?? (await alreadyRunning(wanted.dataDir)))
  if (wanted === undefined || fault !== undefined) return fail(fault ?? usage)
  const { dataDir } = wanted
  const ended = Promise.withResolvers<Error | undefined>()
  const options = { ...wanted, ports: usualPorts, log: say, onGivenUp: ended.resolve }
  const stack = await prepareStack(options)
  const stopping = stopOnSignals(stack, () => ended.resolve(undefined))
  const started = bringUp(stack, options).then(() => announce(stack), ended.resolve)
  const failure = await ended.promise
  stopping.begin()
  if (failure) say(failure.message)
  await Promise.all([stack.stop(), started])
  await removeRunningFile(dataDir)
  say('stopped')
  return failure || stopping.forced() ? 1 : 0
}

function wishes(args: string[]): { dataDir: string; transport: 'http' | 'rabbitmq' } | undefined {
  try {
    const { values } = parseArgs({ args, options: { data: { type: 'string' }, transport: { type: 'string', default: 'http' } } })
    const { transport } = values
    const dataDir = values.data === undefined ? defaultDataDir : path.resolve(values.data)
    return transport === 'http' || transport === 'rabbitmq' ? { dataDir, transport } : undefined
  } catch {
    return undefined
  }
}

async function alreadyRunning(dataDir: string): Promise<string | undefined> {
  const running = await findRunningStack(dataDir)
  return running && `already running at ${running.urls.gateway} (process ${running.pid})`
}

async function announce(stack: Stack): Promise<void> {
  await writeRunningFile(stack)
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
  process.stdout.write(`\n${stackTable(stack)}\n\nReady after ${seconds} s. Ctrl-C stops everything.\n`)
}

/** The first signal asks, the second insists. */
function stopOnSignals(stack: Stack, onFirst: () => void): { begin(): void; forced(): boolean } {
  let begun = false
  let forced = false
  const handle = (): void => {
    if (begun) {
      forced = true
      void stack.stop({ force: true })
    } else {
      begun = true
      say('stopping; once more to kill')
      onFirst()
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, handle)
  return { begin: () => void (begun = true), forced: () => forced }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function fail(reason: string): number {
  process.stderr.write(`${reason}\n`)
  return 1
}
