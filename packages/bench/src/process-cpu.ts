import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** CPU seconds that these processes have used so far, by the kernel's account (Linux only). */
export function processCpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0)
}

/** The same of a process with all its descendants, also those that have ended and were waited for. */
export function treeCpuSeconds(root: number): number {
  const parents = new Map(
    allPids()
      .flatMap((pid) => statOf(pid) ?? [])
      .map((stat) => [stat.pid, stat]),
  )
  const belongs = (pid: number): boolean => pid === root || (parents.has(pid) && belongs(parents.get(pid)?.parent ?? 0))
  let seconds = 0
  for (const stat of parents.values()) if (belongs(stat.pid)) seconds += stat.seconds + stat.endedSeconds
  return seconds
}

function cpuSecondsOf(pid: number): number {
  const stat = statOf(pid)
  if (stat === undefined) throw new Error(`there is no process ${pid}`)
  return stat.seconds
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
