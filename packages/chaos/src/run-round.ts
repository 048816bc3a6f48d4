import { rm } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { judgeStores, type Check } from '@polystore/demo'
import { z } from 'zod'
import { until } from './faults/crash.ts'
import type { Fault } from './faults/fault.ts'
import { startLoad, type Load } from './load/load.ts'
import { crashFile } from './world/links.ts'
import { readEvidence, unfinishedSince } from './world/stores.ts'
import type { World } from './world/world.ts'

/** What one fault did to the system. */
export interface Round {
  readonly id: string
  readonly name: string
  readonly outcome: 'held' | 'failed' | 'left out'
  /** Why it failed or was left out. */
  readonly reasons: readonly string[]
  readonly placed: number
  readonly refused: number
  readonly cancelled: number
  readonly restarts: number
  /** From the end of the fault until no order and no event of before it waits for anybody. */
  readonly recoveryMs: number
  /** What the oracle found broken that was whole before. */
  readonly drift: number
  readonly seconds: number
}

export interface RoundSize {
  readonly orders: number
  readonly width: number
  /** How long the oracle waits for rest; 30 seconds unless said otherwise. */
  readonly restMs?: number
}

const pollMs = 50

/** Strikes under load, waits for rest, asks the oracle. */
export async function runRound(world: World, fault: Fault, { orders, width, restMs = 30_000 }: RoundSize): Promise<Round> {
  const started = performance.now()
  const restarts = world.restarts()
  const before = failuresOf(await judge(world))
  let running: Load | undefined
  const load = (): Load => {
    const { buyers, nextInvoice, random } = world
    running ??= startLoad({ buyers, nextInvoice, random, orders, width })
    return running
  }
  const struck = await strike(world, fault, load)
  const recovering = recovery(world, restMs)
  const { placed, refused, cancelled } = await load().done
  const recoveryMs = await recovering
  const checks = await judgeAtRest(world, before, restMs)
  const reasons = [...struck, ...brokenIn(checks, before)]
  return {
    id: fault.id,
    name: fault.name,
    outcome: reasons.length === 0 ? 'held' : 'failed',
    reasons,
    placed,
    refused,
    cancelled,
    restarts: world.restarts() - restarts,
    recoveryMs: Math.round(recoveryMs),
    drift: sumOf(failuresOf(checks)) - sumOf(before),
    seconds: (performance.now() - started) / 1_000,
  }
}

/** Waits until the shop that was opened has come to rest. @throws Error naming what the oracle finds broken before any fault */
export async function requireSound(world: World, withinMs = 60_000): Promise<void> {
  const broken = brokenIn(await judgeAtRest(world, new Map(), withinMs), new Map())
  if (broken.length > 0) throw new Error(`Broken before any fault: ${broken.join('; ')}`)
}

/** Answers why it went wrong, if it did; whatever happened, nothing is frozen, armed or cut afterwards. */
async function strike(world: World, fault: Fault, load: () => Load): Promise<string[]> {
  try {
    await fault.strike({ world, load })
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  } finally {
    await mend(world)
  }
}

async function mend({ stack, links, toxiproxy, staffToken }: World): Promise<void> {
  for (const [name, process] of stack.processes) {
    await rm(crashFile(stack.dataDir, name), { force: true })
    await process.kill('SIGCONT')
  }
  for (const relay of links.relays.values()) Object.assign(relay, { repeat: false, blocked: undefined })
  await toxiproxy?.heal()
  await Promise.all([...stack.processes.values()].map(async (process) => process.ready()))
  await until(async () => routesToAll(stack.urls.gateway, staffToken), 'the return of every address to the gateway')
}

const upstreams = z.looseObject({ checks: z.record(z.string(), z.unknown()) })
const addresses = z.array(z.object({ ready: z.boolean() }))

/** True when the gateway uses both processes of orders again: the next fault waits for orders in one of them. */
async function routesToAll(gateway: string, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${gateway}/health`, { headers, signal: AbortSignal.timeout(5_000) })
  const { checks } = upstreams.parse(await response.json())
  return addresses.parse(checks['orders']).every(({ ready }) => ready)
}

/** Milliseconds until nothing of before this moment waits for anybody any more. */
async function recovery({ stores }: World, limitMs: number): Promise<number> {
  const started = performance.now()
  const since = new Date()
  while (performance.now() - started < limitMs) {
    if ((await unfinishedSince(stores, since)) === 0) break
    await pause(pollMs)
  }
  return performance.now() - started
}

type Failures = ReadonlyMap<string, number>

/** The oracle's answer as soon as nothing new is broken, or its last one when time is up. */
async function judgeAtRest(world: World, before: Failures, restMs: number): Promise<Check[]> {
  const deadline = Date.now() + restMs
  for (;;) {
    const checks = await judge(world)
    if (brokenIn(checks, before).length === 0 || Date.now() > deadline) return checks
    await pause(pollMs * 5)
  }
}

async function judge({ stores, ledger }: World): Promise<Check[]> {
  return [...judgeStores(await readEvidence(stores), ledger.claims), ledger.complaints()]
}

function failuresOf(checks: readonly Check[]): Failures {
  return new Map(checks.map(({ name, failures }) => [name, failures]))
}

function sumOf(failures: Failures): number {
  return [...failures.values()].reduce((sum, count) => sum + count, 0)
}

function brokenIn(checks: readonly Check[], before: Failures): string[] {
  return checks
    .filter(({ name, failures }) => failures > (before.get(name) ?? 0))
    .map(({ name, failures, broken }) => `${name}: ${failures} broken, such as ${broken.slice(-3).join(', ')}`)
}
