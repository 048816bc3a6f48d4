import { describe, expect, test } from 'vitest'
import { migrateUp } from '../src/migrations/runner/migrate-up.ts'
import { migrateDown } from '../src/migrations/runner/migrate-down.ts'
import type { MigrationFiles, MigrationWorld } from './support/migration-world.ts'
import { startCuttingProxy, type Cut } from './support/cutting-proxy.ts'
import { createPostgresWorld } from './support/postgres-migrations.ts'

const files: MigrationFiles = {
  '0001-make-a': {
    up: 'create table a (id int); create table runs (name text); insert into a select generate_series(1, 10); create index a_old on a (id)',
    down: 'drop table a; drop table runs',
  },
  '0002-in-one': {
    up: "create table b (id int); insert into runs values ('in one')",
    down: "drop table b; insert into runs values ('back')",
  },
  '0003-step-by-step': {
    up: `-- transaction: off
create unique index concurrently a_id on a (id);
insert into runs values ('between');
drop index concurrently a_old;
-- repeat
update a set id = id + 100 where id in (select id from a where id < 100 limit 6);
alter table a add constraint a_id unique using index a_id`,
    down: `-- transaction: off
alter table a drop constraint a_id;
insert into runs values ('undone');
create index concurrently a_old on a (id);
update a set id = id - 100`,
  },
}
const runsOf = async (world: MigrationWorld) => (await world.sql('select name from runs order by name')).map(({ name }) => name)

const lanes = 4
// Every place is tried with MIGRATION_CUTS=all, each thirteenth otherwise.
const stride = process.env['MIGRATION_CUTS'] === 'all' ? 1 : 13

describe.for(['before', 'after'] as const)('a run whose connection is cut %s any one message', (side) => {
  test('is finished by the next, up and down, and nothing is done twice', { timeout: 600_000 }, async () => {
    const reached = await Promise.all(Array.from({ length: lanes }, (_, lane) => cutLane(side, lane)))
    expect(Math.min(...reached) * lanes * stride).toBeGreaterThan(80)
  })
})

/** Cuts one message further each time, until a run ends before it is cut; answers how many were cut. */
async function cutLane(side: Cut['side'], lane: number): Promise<number> {
  const world = await createPostgresWorld(files)
  await world.up({ target: '1' })
  const start = await world.catalog()
  await world.up()
  const end = await world.catalog()
  await world.down({ target: '0001' })
  for (let [message, cuts] = [1 + lane * stride, 0]; ; message += lanes * stride, cuts++) {
    await world.sql('truncate runs')
    const up = await attempt(world, { message, side }, 'up')
    await world.up()
    expect({ message, catalog: await world.catalog(), status: await world.status() }).toMatchObject({
      message,
      catalog: end,
      status: { exitCode: 0, drift: [] },
    })
    const down = await attempt(world, { message, side }, 'down')
    await world.down({ target: '0001' })
    expect({ message, catalog: await world.catalog(), status: await world.status() }).toMatchObject({
      message,
      catalog: start,
      status: { exitCode: 2, drift: [] },
    })
    expect({ message, runs: await runsOf(world) }).toEqual({ message, runs: ['back', 'between', 'in one', 'undone'] })
    if (!up && !down) return cuts
  }
}

async function attempt(world: MigrationWorld, cut: Cut, direction: 'up' | 'down'): Promise<boolean> {
  const proxy = await startCuttingProxy(world.url, cut)
  const options = { url: proxy.url, sources: { postgres: { folder: world.folder } }, waitMs: 5000 }
  await (direction === 'up' ? migrateUp(options) : migrateDown({ ...options, target: '0001' })).catch(() => {})
  await proxy.close()
  return proxy.reached()
}
