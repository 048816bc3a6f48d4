import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { commandLineOf } from '../processes/command-line.ts'

const patienceMs = 15_000

/**
 * Removes the pid file of a server that crashed. Its number may meanwhile belong to any process, which PostgreSQL alone
 * cannot tell. A live server on the folder is given time to leave; if it stays, this throws.
 */
export async function clearStalePid(dataDir: string): Promise<void> {
  const file = path.join(dataDir, 'postmaster.pid')
  const deadline = Date.now() + patienceMs
  for (;;) {
    const pid = Number.parseInt((await readFile(file, 'utf8').catch(() => '')).split('\n')[0] ?? '', 10)
    if (Number.isNaN(pid)) return
    if (!(await isPostgres(pid, dataDir))) return rm(file, { force: true })
    if (Date.now() > deadline) throw new Error(`PostgreSQL (process ${pid}) is already running on ${dataDir}`)
    await delay(100)
  }
}

async function isPostgres(pid: number, dataDir: string): Promise<boolean> {
  const command = await commandLineOf(pid)
  return command !== undefined && command.includes('postgres') && command.includes(dataDir)
}
