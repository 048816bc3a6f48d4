import { startPostgres } from '@polystore/dev-stack'
import { z } from 'zod'
import { startChild, type Child } from '../children.ts'
import type { Contest, Goal, PrepareBench, Way } from '../contest.ts'
import { rates, type Leg } from '../measure.ts'
import { askUsage, portOf } from '../service-usage.ts'
import { createThings, thingIds } from '../things/things-table.ts'
import { installRivals, rivalFile } from './rivals.ts'

const rowCount = 10_000
const poolSize = 10
const connections = 32
const warmUpMs = 1_000

interface Candidate {
  readonly name: string
  readonly file: URL
  readonly env?: Readonly<Record<string, string>>
  /** How many times its throughput ours is to be. */
  readonly goal?: number
}

const here = (name: string) => new URL(`${name}.ts`, import.meta.url)

const ours: readonly Candidate[] = [
  { name: 'db-core on postgres', file: here('db-core-service'), env: { DRIVER: 'postgres' } },
  { name: 'db-core on pg', file: here('db-core-service'), env: { DRIVER: 'pg' } },
]
const rivals: readonly Candidate[] = [
  { name: 'TypeORM', file: rivalFile('typeorm'), goal: 2.5 },
  { name: 'MikroORM', file: rivalFile('mikro-orm'), goal: 2.5 },
  { name: 'Prisma', file: rivalFile('prisma'), goal: 2.5 },
  { name: 'Drizzle, unprepared', file: here('drizzle-service'), goal: 4 },
  { name: 'NestJS + TypeORM', file: rivalFile('nest'), goal: 3 },
  { name: 'postgres by hand', file: here('by-hand-service') },
]

/** GET /things/:id in one and the same Fastify route (NestJS in its own), each in a process of its own, loaded from another. */
export const prepareHttpBench: PrepareBench = async (cleanUp) => {
  await installRivals()
  const server = await startPostgres({})
  cleanUp.defer(async () => server.stop())
  await createThings(server.url, { rows: rowCount })
  const load = startChild(here('load-program'), {}, cleanUp)
  const services = await Promise.all([...ours, ...rivals].map(async (one) => startService(one, server.url, cleanUp)))
  await requireEqualBodies(services)
  const ways = services.map((service): Way => ({ name: service.name, leg: loadOf(service, load) }))
  for (const { leg } of ways) await leg(warmUpMs)
  return { contests: [contestOf(ways)] }
}

function contestOf(ways: readonly Way[]): Contest {
  const goals = rivals.flatMap(({ name, goal }): Goal[] =>
    goal === undefined ? [] : [{ metric: 'throughput', over: name, atLeast: goal }],
  )
  return {
    path: `GET /things/:id over HTTP, ${connections} connections`,
    ours: ways.slice(0, ours.length),
    baselines: ways.slice(ours.length),
    goals,
  }
}

interface Service {
  readonly name: string
  readonly port: number
  readonly child: Child
}

async function startService({ name, file, env = {} }: Candidate, url: string, cleanUp: AsyncDisposableStack): Promise<Service> {
  const child = startChild(file, { DATABASE_URL: url, POOL_SIZE: String(poolSize), ...env }, cleanUp)
  return { name, port: await portOf(child), child }
}

const report = z.object({ operations: z.number(), seconds: z.number(), latency: z.number() })

function loadOf({ child, port }: Service, load: Child): Leg {
  const ids = thingIds(rowCount)
  return async (milliseconds) => {
    const before = await askUsage(child)
    const answer = load.message()
    load.send({ port, connections, milliseconds, ids })
    const { latency, ...work } = report.parse(await answer)
    const after = await askUsage(child)
    return { ...rates({ ...work, cpuSeconds: after.cpuSeconds - before.cpuSeconds }), latency }
  }
}

/** To the last character, so that all do the same work. */
async function requireEqualBodies(services: readonly Service[]): Promise<void> {
  for (const id of thingIds(20)) {
    const bodies = await Promise.all(services.map(async ({ port }) => bodyOf(`http://127.0.0.1:${port}/things/${id}`)))
    const odd = bodies.findIndex((body) => body !== bodies[0])
    if (odd !== -1) throw new Error(`${services[odd]?.name} answers ${bodies[odd]}, ${services[0]?.name} ${bodies[0]}`)
  }
}

async function bodyOf(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
  const body = await response.text()
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${body}`)
  return body
}
