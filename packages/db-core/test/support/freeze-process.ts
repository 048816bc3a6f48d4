import { existsSync, readdirSync, readFileSync } from 'node:fs'

const longestMs = 5000

/** SIGSTOP, and only back once every thread stands still: a signal takes a moment to arrive. SIGCONT ends it. */
export function freezeProcess(pid: number): void {
  process.kill(pid, 'SIGSTOP')
  const endsAt = performance.now() + longestMs
  while (!standsStill(pid)) if (performance.now() > endsAt) throw new Error(`The process ${pid} does not stand still.`)
}

/** Only Linux tells; elsewhere it is taken for granted. */
function standsStill(pid: number): boolean {
  const tasks = `/proc/${pid}/task`
  return !existsSync(tasks) || readdirSync(tasks).every((task) => /\) [TZX] /.test(readFileSync(`${tasks}/${task}/stat`, 'utf8')))
}
