import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { runCommandLine } from '../../src/migrations/cli/command-line.ts'
import type { MigrationSources } from '../../src/migrations/store/migration-source.ts'

export interface CliRun {
  readonly code: number
  readonly out: string
  readonly error: string
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>
  /** What a person at a terminal answers, line by line; without it there is no terminal. */
  readonly answers?: readonly string[]
}

/** The command line on streams of its own: with what it ended, and what it wrote where. */
export async function runCli(sources: MigrationSources, args: readonly string[], { env = {}, answers }: CliOptions = {}): Promise<CliRun> {
  const terminal = { isTTY: answers !== undefined }
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() }
  Object.assign(streams.stdout, terminal)
  Object.assign(streams.stderr, terminal)
  const written = Promise.all([text(streams.stdout), text(streams.stderr)])
  const stdin = Object.assign(streams.stdin, terminal)
  stdin.end((answers ?? []).map((answer) => `${answer}\n`).join(''))
  const program = { name: 'pnpm db shop', options: [] }
  const code = await runCommandLine({ program, loadSources: () => Promise.resolve(sources), args, env, streams: { ...streams, stdin } })
  streams.stdout.end()
  streams.stderr.end()
  const [out, error] = await written
  return { code, out, error }
}
