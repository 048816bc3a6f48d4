import { connectPostgres } from '@polystore/db-core/sql'
import { drivers, openSqlByHand, type DriverName } from '../by-hand/sql-by-hand.ts'
import { fastest, type Contest, type Way } from '../contest.ts'
import { repeat } from '../measure.ts'
import { newThing, newThingWithId } from '../things/new-things.ts'
import { ThingRepository } from '../things/thing-repository.ts'
import { asThing } from '../things/thing-columns.ts'
import { poolSize, writeWidths } from './write-settings.ts'

const text = `insert into things (id, name, amount) values ($1, $2, $3) returning ${asThing}`

/** Alone, joining is held against the same repository without it; together, against the faster of the two drivers by hand. */
export function postgresSingleInserts(url: string, cleanUp: AsyncDisposableStack): Contest[] {
  const [alone, together] = writeWidths
  const path = (width: number) => `PostgreSQL: single inserts, ${width} at once`
  return [
    ...drivers.map((driver) => ({
      path: path(alone),
      ours: [repositoryInserts(driver, { url, width: alone, joinWrites: true }, cleanUp)],
      baselines: [
        repositoryInserts(driver, { url, width: alone, joinWrites: false }, cleanUp),
        insertsByHand(driver, { url, width: alone }, cleanUp),
      ],
      goals: [{ metric: 'latency', over: withoutJoining(driver), atMost: 1.1 } as const],
    })),
    {
      path: path(together),
      ours: drivers.map((driver) => repositoryInserts(driver, { url, width: together, joinWrites: true }, cleanUp)),
      baselines: drivers.map((driver) => insertsByHand(driver, { url, width: together }, cleanUp)),
      goals: [{ metric: 'throughput', over: fastest, atLeast: 3 }],
    },
  ]
}

interface Setting {
  readonly url: string
  readonly width: number
}

function repositoryInserts(
  driver: DriverName,
  { url, width, joinWrites }: Setting & { readonly joinWrites: boolean },
  cleanUp: AsyncDisposableStack,
): Way {
  const database = connectPostgres(url, { driver, poolSize, maxOverflow: 0 })
  cleanUp.defer(async () => database.close())
  const repository = new ThingRepository(database, { joinWrites })
  let amount = 0
  const name = joinWrites ? `db-core on ${driver}, joinWrites` : withoutJoining(driver)
  return { name, leg: repeat(width, () => repository.create(newThing(++amount))) }
}

function withoutJoining(driver: DriverName): string {
  return `db-core on ${driver}, without joining`
}

function insertsByHand(driver: DriverName, { url, width }: Setting, cleanUp: AsyncDisposableStack): Way {
  const byHand = openSqlByHand(driver, { url, poolSize, width }, cleanUp)
  let number = 0
  const insert = () => {
    const { id, name, amount } = newThingWithId(++number)
    return byHand.run('insert-thing', text, [id, name, amount])
  }
  return { name: `${driver} by hand`, leg: repeat(width, insert) }
}
