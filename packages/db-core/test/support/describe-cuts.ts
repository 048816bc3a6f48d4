import { describe, expect, onTestFinished, test } from 'vitest'
import { migrateUp } from '../../src/migrations/runner/migrate-up.ts'
import { startFaultProxy } from './fault-proxy.ts'
import { createMigrationWorld, type MigrationFiles, type MigrationHarness } from './migration-world.ts'

const files: MigrationFiles = {
  '0001-make-people': {
    up: '-- transaction: off\ncreate table people (id int, email varchar(100));\ninsert into people values (1, null);\ncreate index people_email on people (email)',
  },
  '0002-add-phone': { up: 'alter table people add column phone varchar(20);\ninsert into people (id) values (2)' },
}

// Every message with twelve seeds and more.
const step = Math.max(1, 13 - Number(process.env['MIGRATION_SEEDS'] ?? 2))

/** A run that loses its connection at any of its messages, each of which has reached the server, is finished by the next one. */
export function describeCuts(harness: MigrationHarness): void {
  const { kind } = harness.dialect
  describe(`migrations on ${kind}: lost connections`, () => {
    test('whichever answer of the server is lost, the next run finishes and nothing happens twice', { timeout: 240_000 }, async () => {
      const whole = await createMigrationWorld(harness, files)
      await whole.up()
      const catalog = await whole.catalog()
      let cuts = 0
      for (let message = 1; await isLostAt(message); message += step) cuts++
      expect(cuts).toBeGreaterThan(3)

      async function isLostAt(message: number): Promise<boolean> {
        const world = await createMigrationWorld(harness, files)
        const proxy = await startFaultProxy(world.url)
        onTestFinished(() => proxy.close())
        proxy.loseAnswerToMessage(message)
        const run = migrateUp({ url: proxy.url, sources: { [kind]: { folder: world.folder } }, waitMs: 5000 })
        const failure: unknown = await run.then(
          () => undefined,
          (error: unknown) => error,
        )
        expect(await world.up(), `cut at message ${message}`).toMatchObject({ exitCode: 0, drift: [] })
        expect(await world.sql('select id from people order by id'), `cut at message ${message}`).toMatchObject([{ id: 1 }, { id: 2 }])
        expect(await world.catalog()).toEqual(catalog)
        const events = (await world.history()).map(({ event, name }) => `${event} ${name}`)
        expect(events.toReversed(), `cut at message ${message}`).toEqual(['applied 0001-make-people', 'applied 0002-add-phone'])
        // The first messages open the session, which is tried again.
        return failure !== undefined || message < 10
      }
    })
  })
}
