import { startMongo, startPostgres } from '@polystore/dev-stack'
import { setTimeout as delay } from 'node:timers/promises'
import { startChild } from '../children.ts'
import type { Contest, PrepareBench, Way } from '../contest.ts'
import type { Leg } from '../measure.ts'
import { askUsage, portOf } from '../service-usage.ts'
import { openMongoByHand } from '../by-hand/mongo-by-hand.ts'
import { createThings, thingIds } from '../things/things-table.ts'
import { bundlePrograms, type Bundles, type Program } from './bundle-programs.ts'

const rowCount = 100
/** After its first answer a service is left alone for so long. */
const restMs = 1_000

/** Services bundled as the images are: what they take at rest and how long they take to start. */
export const prepareMemoryBench: PrepareBench = async (cleanUp) => {
  const [sql, mongo] = await Promise.all([startPostgres({}), startMongo({})])
  cleanUp.defer(async () => sql.stop())
  cleanUp.defer(async () => mongo.stop())
  await createThings(sql.url, { rows: rowCount })
  const { url } = await openMongoByHand(mongo.url, { poolSize: 1, rows: rowCount }, cleanUp)
  const bundles = await bundlePrograms(cleanUp)
  const env = { DATABASE_URL: sql.url, MONGO_URL: url }
  return { contests: [contestOf(bundles, env)] }
}

function contestOf(bundles: Bundles, env: Readonly<Record<string, string>>): Contest {
  const baseline = 'Fastify + postgres'
  const way = (name: string, program: Program): Way => ({ name, leg: startOf(requireFile(bundles, program), env) })
  return {
    path: 'A service bundled by esbuild, at rest after its first answer',
    ours: [way('Fastify + db-core/sql', 'db-core-sql'), way('Fastify + db-core/sql + db-core/mongo', 'db-core-both')],
    baselines: [way(baseline, 'fastify-postgres'), way('Fastify + postgres + mongodb', 'fastify-drivers')],
    goals: [{ metric: 'memory', over: baseline, atMost: 1.2 }],
  }
}

function requireFile(bundles: Bundles, program: Program): URL {
  const file = bundles.get(program)
  if (file === undefined) throw new Error(`${program} was not bundled`)
  return file
}

/** One start, one request, one rest. */
function startOf(file: URL, env: Readonly<Record<string, string>>): Leg {
  return async () => {
    await using cleanUp = new AsyncDisposableStack()
    const started = performance.now()
    const child = startChild(file, env, cleanUp)
    const port = await portOf(child)
    const { importMs } = await askUsage(child)
    await requestThing(`http://127.0.0.1:${port}/things/${thingIds(1)[0]}`)
    const start = performance.now() - started
    await delay(restMs)
    return { memory: (await askUsage(child)).rssMb, import: importMs, start }
  }
}

async function requestThing(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  await response.arrayBuffer()
}
