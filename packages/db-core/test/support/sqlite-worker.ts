import { once } from 'node:events'
import { sql } from 'drizzle-orm'
import { connectSqlite } from '../../src/sql/sqlite/index.ts'
import { countUp } from './sqlite-words.ts'

/** The other process of the tests: it does one order at a time and says when. */
const database = connectSqlite(process.argv[2] ?? '', { lockTimeoutMs: 20_000, statementTimeoutMs: 20_000 })

const work: Readonly<Record<string, (order: { readonly kind: string; readonly times?: number }) => Promise<void>>> = {
  async 'count up'({ times = 0 }) {
    for (let turn = 0; turn < times; turn++) await countUp(database, 60_000)
  },
  async hold() {
    await database.transaction(
      async (tx) => {
        await tx.execute(sql`insert into words values ('held')`)
        process.send?.('holding')
        await once(process, 'message')
      },
      { timeoutMs: 60_000 },
    )
  },
  async 'commit for ever'() {
    for (let turn = 0; ; turn++) {
      const word = `word ${turn}`
      await database.transaction((tx) => tx.execute(sql`insert into words values (${word})`))
      process.send?.(word)
    }
  },
}

process.on('message', (order: { readonly kind: string }) => {
  void work[order.kind]?.(order).then(() => process.send?.('done'))
})
process.send?.('ready')
