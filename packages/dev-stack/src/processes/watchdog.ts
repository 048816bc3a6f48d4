// Runs as a process of its own. Its input closes when its parent is gone, however the parent died;
// then it ends what the parent left behind.
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

interface Ward {
  pid: number
  signal: NodeJS.Signals
  removeDir?: string
}

const patienceMs = 8_000
const wards = new Map<number, Ward>()

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const message: { add?: Ward; forget?: number } = JSON.parse(line)
  if (message.add) wards.set(message.add.pid, message.add)
  if (message.forget !== undefined) wards.delete(message.forget)
})
lines.on('close', () => {
  void Promise.all([...wards.values()].map(end)).then(() => process.exit(0))
})

async function end(ward: Ward): Promise<void> {
  send(ward.pid, ward.signal)
  const deadline = Date.now() + patienceMs
  while (send(ward.pid, 0) && Date.now() < deadline) await delay(50)
  if (send(ward.pid, 'SIGKILL')) await delay(200)
  if (ward.removeDir !== undefined) await rm(ward.removeDir, { recursive: true, force: true, maxRetries: 5 })
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}
