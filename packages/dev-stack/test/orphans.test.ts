import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { eventually, isAlive } from './support/processes.ts'

const fixture = fileURLToPath(new URL('fixtures/two-databases.ts', import.meta.url))

test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('databases end when the process that started them ends by %s', async (signal) => {
  const parent = spawn(process.execPath, [fixture], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(createInterface({ input: parent.stdout }), 'line')
  const pids: number[] = JSON.parse(String(line))
  expect(pids.map(isAlive)).toEqual([true, true])
  parent.kill(signal)
  await eventually(() => !pids.some(isAlive))
})
