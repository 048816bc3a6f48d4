import { connectPostgres } from '@polystore/db-core/sql'
import { startPostgres } from '@polystore/dev-stack'
import { drivers, openSqlByHand, type DriverName } from '../by-hand/sql-by-hand.ts'
import { fastest, type Contest, type Goal, type Way } from '../contest.ts'
import { repeat } from '../measure.ts'
import { requireEqualAnswers } from '../same-answers.ts'
import { pickFrom } from '../things/pick.ts'
import { ThingRepository } from '../things/thing-repository.ts'
import { asThing } from '../things/thing-columns.ts'
import { createThings, thingIds } from '../things/things-table.ts'
import { poolSize, readWidths, rowCount } from './read-settings.ts'

const text = `select ${asThing} from things where id = $1`

/** Alone each driver is held against itself: the overhead. Together both are held against the faster of the two. */
export async function postgresReads(cleanUp: AsyncDisposableStack): Promise<Contest[]> {
  const server = await startPostgres({})
  cleanUp.defer(async () => server.stop())
  await createThings(server.url, { rows: rowCount })
  const ids = thingIds(rowCount)
  const contests: Contest[] = []
  for (const width of readWidths) {
    const ours = drivers.map((driver) => repositoryRead(driver, { url: server.url, width, ids }, cleanUp))
    const baselines = drivers.map((driver) => readByHand(driver, { url: server.url, width, ids }, cleanUp))
    await requireEqualAnswers([...ours, ...baselines].map(({ read }) => read(ids[0] ?? '')))
    const path = `PostgreSQL: read by id, ${width} at once`
    if (width > 1) contests.push({ path, ours, baselines, goals: goalsAt(width) })
    else
      contests.push(...ours.map((way, index) => ({ path, ours: [way], baselines: baselines.slice(index, index + 1), goals: goalsAt(1) })))
  }
  return contests
}

function goalsAt(width: number): Goal[] {
  if (width === 32) return [{ metric: 'throughput', over: fastest, atLeast: 2.5 }]
  if (width > 1) return []
  return [
    { metric: 'cpu', over: fastest, atMost: 1.15 },
    { metric: 'latency', over: fastest, atMost: 1.25 },
  ]
}

interface Setting {
  readonly url: string
  readonly width: number
  readonly ids: readonly string[]
}

interface ReadingWay extends Way {
  readonly read: (id: string) => Promise<unknown>
}

function repositoryRead(driver: DriverName, { url, width, ids }: Setting, cleanUp: AsyncDisposableStack): ReadingWay {
  const database = connectPostgres(url, { driver, poolSize, maxOverflow: 0 })
  cleanUp.defer(async () => database.close())
  const repository = new ThingRepository(database)
  const pick = pickFrom(ids)
  return { name: `db-core on ${driver}`, read: (id) => repository.get(id), leg: repeat(width, () => repository.get(pick())) }
}

function readByHand(driver: DriverName, { url, width, ids }: Setting, cleanUp: AsyncDisposableStack): ReadingWay {
  const byHand = openSqlByHand(driver, { url, poolSize, width }, cleanUp)
  const pick = pickFrom(ids)
  const read = async (id: string) => (await byHand.run('thing', text, [id]))[0]
  return { name: `${driver} by hand`, read, leg: repeat(width, () => read(pick())) }
}
