import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** CPU seconds of a process with all its descendants, also those that ended and were waited for, by the kernel's account (Linux only). */
export function treeCpuSeconds(root: number): number {
  const stats = new Map(
    allPids()
      .flatMap((pid) => statOf(pid) ?? [])
      .map((stat) => [stat.pid, stat]),
  )
  const belongs = (pid: number): boolean => pid === root || (stats.has(pid) && belongs(stats.get(pid)?.parent ?? 0))
  const own = [...stats.values()].filter(({ pid }) => belongs(pid))
  return own.reduce((sum, { seconds, endedSeconds }) => sum + seconds + endedSeconds, 0)
}

interface Stat {
  readonly pid: number
  readonly parent: number
  readonly seconds: number
  /** Of its children that have ended. */
  readonly endedSeconds: number
}

function statOf(pid: number): Stat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the command in parentheses and may hold spaces: count from behind it.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const seconds = (from: number) => ((fields[from] ?? 0) + (fields[from + 1] ?? 0)) / ticksPerSecond
    return { pid, parent: fields[1] ?? 0, seconds: seconds(11), endedSeconds: seconds(13) }
  } catch {
    return undefined
  }
}

function allPids(): number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/u.test(name) ? Number(name) : []))
}
