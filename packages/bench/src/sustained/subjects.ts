import { connectPostgres } from '@polystore/db-core/sql'
import postgres from 'postgres'
import { drivers, type DriverName } from '../by-hand/sql-by-hand.ts'
import { pickFrom } from '../things/pick.ts'
import { ThingRepository } from '../things/thing-repository.ts'
import { thingIds } from '../things/things-table.ts'
import type { Handle } from './ageing.ts'

const poolSize = 10
const many = 1_000_000
/** The stock driver is too slow by then to be taken further. */
const fewer = 300_000

export interface Subject {
  readonly name: string
  readonly isOurs: boolean
  readonly queries: number
  readonly open: () => Handle
}

export function subjects(url: string, rowCount: number): Subject[] {
  const pick = pickFrom(thingIds(rowCount))
  return [
    ...drivers.map((driver) => ours(`db-core on ${driver}`, { url, driver, pick, joinReads: true })),
    ours('db-core on postgres, joinReads off', { url, driver: 'postgres', pick, joinReads: false }),
    { name: 'the driver postgres alone', isOurs: false, queries: fewer, open: () => stockHandle(url, pick) },
  ]
}

interface Setting {
  readonly url: string
  readonly driver: DriverName
  readonly joinReads: boolean
  readonly pick: () => string
}

function ours(name: string, { url, driver, joinReads, pick }: Setting): Subject {
  const open = () => {
    const database = connectPostgres(url, { driver, poolSize, maxOverflow: 0 })
    const repository = new ThingRepository(database, { joinReads })
    return { query: () => repository.get(pick()), close: () => database.close() }
  }
  return { name, isOurs: true, queries: many, open }
}

function stockHandle(url: string, pick: () => string): Handle {
  const sql = postgres(url, { max: poolSize, onnotice: () => {} })
  return {
    query: async () => sql`select id, name, amount, created_at, updated_at from things where id = ${pick()}`,
    close: () => sql.end({ timeout: 1 }),
  }
}
