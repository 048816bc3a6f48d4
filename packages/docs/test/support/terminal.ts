import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const pnpm = fileURLToPath(new URL('bin/pnpm', import.meta.url))
const endOfCommand = /^end of command (\d+)$/u

export interface Terminal {
  /** Runs a command; what it writes comes as on a terminal, and a code other than 0 is told behind it. */
  run(command: string): Promise<string>
  close(): Promise<void>
}

/** One shell in the root of the repository: what a command sets, later ones see. */
export function openTerminal(env: Readonly<Record<string, string>>): Terminal {
  const shell = spawn('sh', [], {
    cwd: root,
    env: { ...process.env, ...env, NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const closed = once(shell, 'close')
  const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]()
  // Without the download of pnpm and the start of npm.
  shell.stdin.write(`exec 2>&1\npnpm() { '${pnpm}' "$@"; }\n`)
  return {
    run: async (command) => {
      shell.stdin.write(`{ ${command}\n} < /dev/null; printf '\\nend of command %s\\n' $?\n`)
      return outputOf(lines)
    },
    close: async () => {
      shell.stdin.end()
      await closed
    },
  }
}

async function outputOf(lines: AsyncIterator<string>): Promise<string> {
  const output: string[] = []
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    const [, code] = endOfCommand.exec(line.value) ?? []
    if (code !== undefined) return [output.join('\n').trim(), ...(code === '0' ? [] : [`(exit code ${code})`])].join('\n').trim()
    output.push(line.value)
  }
  throw new Error(`the shell has ended:\n${output.join('\n')}`)
}
