import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The numbers of the processes that this one started and that still run. */
export async function childrenOf(parent: number): Promise<number[]> {
  const pairs = process.platform === 'linux' ? await fromProc() : await fromTool()
  return pairs.flatMap(([pid, ppid]) => (ppid === parent ? [pid] : []))
}

type Pair = readonly [pid: number, ppid: number]

async function fromProc(): Promise<Pair[]> {
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name))
  const stats = await Promise.all(numbers.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')))
  // The command stands in parentheses and may hold spaces; state and parent follow it.
  return stats
    .filter((stat) => stat !== '')
    .map((stat) => [Number.parseInt(stat, 10), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])])
}

async function fromTool(): Promise<Pair[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid='])
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/u).map(Number))
    .map(([pid = 0, ppid = 0]) => [pid, ppid])
}
