import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { endChild, exitOf } from '../src/processes/child-exit.ts'
import { SupervisedProcess, type Launched, type SupervisedOptions } from '../src/processes/supervised-process.ts'
import { isAlive } from './support/processes.ts'

function launchNode(code: string): Promise<Launched> {
  const child = spawn(process.execPath, ['-e', code], { stdio: 'ignore' })
  const exited = exitOf(child)
  const stop = (): Promise<void> => endChild(child, exited, [{ signal: 'SIGTERM', waitMs: 5_000 }])
  return Promise.resolve({ pid: child.pid ?? 0, exited, stop, kill: (signal) => void child.kill(signal) })
}

const forever = 'setInterval(() => {}, 1000)'

function supervise(launch: () => Promise<Launched>, options: Partial<SupervisedOptions> = {}): SupervisedProcess {
  return new SupervisedProcess({ name: 'sample', launch, log: () => {}, autoRestart: true, ...options })
}

test('what was killed is started again, as another process', async () => {
  const sample = supervise(() => launchNode(forever))
  await sample.start()
  const first = sample.pid
  await sample.kill('SIGKILL')
  await sample.ready()
  expect(sample.pid).not.toBe(first)
  await sample.close()
})

test('without autoRestart the dead stay dead until restart', async () => {
  const sample = supervise(() => launchNode(forever), { autoRestart: false })
  await sample.start()
  await sample.kill('SIGKILL')
  await expect(sample.ready()).rejects.toThrow('sample is not running')
  await sample.restart()
  expect(isAlive(sample.pid ?? 0)).toBe(true)
  await sample.close()
})

test('what is stopped on purpose is not started again, and a closed one cannot be', async () => {
  let starts = 0
  const sample = supervise(() => {
    starts++
    return launchNode(forever)
  })
  await sample.start()
  const pid = sample.pid ?? 0
  await sample.close()
  expect(isAlive(pid)).toBe(false)
  await expect(sample.start()).rejects.toThrow('sample is closed')
  expect(starts).toBe(1)
})

test('a process that can never be started again is given up after ten attempts', async () => {
  let starts = 0
  const reason = await new Promise<Error>((resolve) => {
    const sample = supervise(
      () => {
        starts++
        return starts === 1 ? launchNode(forever) : Promise.reject(new Error('it will not'))
      },
      { onGivenUp: resolve, backOff: { firstMs: 1, maxMs: 10, attempts: 10 } },
    )
    void sample.start().then(() => sample.kill('SIGKILL'))
  })
  expect(reason.message).toBe('it will not')
  expect(starts).toBe(11)
})

test('force kills what does not listen to SIGTERM', async () => {
  const sample = supervise(() => launchNode(`process.on('SIGTERM', () => {}); ${forever}`))
  await sample.start()
  const pid = sample.pid ?? 0
  await sample.close({ force: true })
  expect(isAlive(pid)).toBe(false)
})
