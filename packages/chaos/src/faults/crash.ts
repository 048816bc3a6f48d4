import { existsSync, watch } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ProcessName } from '@polystore/dev-stack'
import { crashFile } from '../world/links.ts'
import type { World } from '../world/world.ts'

const reachedWithinMs = 20_000
const backWithinMs = 60_000
const pollMs = 20

/** Has a process die or freeze at a point; settles when it has reached it. */
export async function arm(world: World, { process, point, signal }: CrashAt): Promise<Armed> {
  const file = crashFile(world.stack.dataDir, process)
  const before = pidOf(world, process)
  await writeFile(`${file}.new`, `${point} ${signal}`)
  await rename(`${file}.new`, file)
  return {
    fired: async () => {
      const reached = await untilGone(file)
      await rm(file, { force: true })
      if (!reached) throw new Error(`${process} never came to the point ${point}`)
    },
    back: async () => untilBack(world, process, before),
    resume: async () => world.stack.processes.get(process)?.kill('SIGCONT'),
  }
}

export interface CrashAt {
  readonly process: ProcessName
  readonly point: string
  readonly signal: 'SIGKILL' | 'SIGSTOP' | 'SIGTERM'
}

export interface Armed {
  /** @throws Error when the point was not reached */
  readonly fired: () => Promise<void>
  /** Settles when another process has taken the place of the dead one and is ready. */
  readonly back: () => Promise<void>
  /** Ends the freeze. */
  readonly resume: () => Promise<void>
}

/** As `arm`, for whichever of the processes comes to the point first; settles when all that died of it are back. */
export async function crashAny(world: World, { processes, point, signal }: CrashAny): Promise<void> {
  const armed = await Promise.all(processes.map(async (process) => ({ process, ...(await arm(world, { process, point, signal })) })))
  await Promise.any(armed.map(async ({ fired }) => fired())).catch((error: unknown) => {
    throw error instanceof AggregateError ? error.errors[0] : error
  })
  for (const { process, back } of armed) {
    const untouched = await rm(crashFile(world.stack.dataDir, process)).then(
      () => true,
      () => false,
    )
    if (!untouched) await back()
  }
}

export interface CrashAny extends Omit<CrashAt, 'process'> {
  readonly processes: readonly ProcessName[]
}

/** Calls again and again until the point is reached, which may leave calls open; answers how to await them. */
export async function callUntil(reached: Promise<void>, call: () => Promise<void>): Promise<() => Promise<void>> {
  const settled = { yet: false }
  const end = (): void => void (settled.yet = true)
  const watched = reached.finally(end)
  let last = Promise.resolve()
  while (!settled.yet) {
    last = call()
    await Promise.race([last, watched])
  }
  await watched
  return async () => last
}

/** Sends a signal from outside; settles when the process is ready again. */
export async function kill(world: World, process: ProcessName, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const before = pidOf(world, process)
  await world.stack.processes.get(process)?.kill(signal)
  await untilBack(world, process, before)
}

/** Freezes a process for a time. */
export async function freeze(world: World, process: ProcessName, forMs: number): Promise<void> {
  const victim = world.stack.processes.get(process)
  await victim?.kill('SIGSTOP')
  await pause(forMs)
  await victim?.kill('SIGCONT')
}

export async function until(holds: () => Promise<boolean>, what: string, withinMs = backWithinMs): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${withinMs / 1_000} s`)
    await pause(pollMs)
  }
}

function pidOf({ stack }: World, process: ProcessName): number | undefined {
  return stack.processes.get(process)?.pid
}

async function untilBack(world: World, process: ProcessName, before: number | undefined): Promise<void> {
  const isBack = async (): Promise<boolean> => {
    const now = pidOf(world, process)
    return now !== undefined && now !== before
  }
  await until(isBack, `the restart of ${process}`)
}

async function untilGone(file: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const look = (): void => {
    if (!existsSync(file)) resolve(true)
  }
  const watcher = watch(path.dirname(file), look)
  const late = setTimeout(() => resolve(!existsSync(file)), reachedWithinMs)
  look()
  const gone = await promise
  clearTimeout(late)
  watcher.close()
  return gone
}
