import { describeManyProcesses } from './support/describe-many-processes.ts'
import type { MigrationFiles } from './support/migration-world.ts'
import { postgresMigrations } from './support/postgres-migrations.ts'

/** Of four migrations three are statement by statement: indexes made and dropped concurrently, a constraint by an index, a backfill. */
function write(n: number): string {
  const mark = `insert into marks values (${n})`
  if (n === 0)
    return `create table marks (n int); create table t (id int, n int); insert into t select g, 0 from generate_series(1, 5000) g; ${mark}`
  switch (n % 4) {
    case 0:
      return `create table t_${n} (id int primary key); ${mark}`
    case 1:
      return `-- transaction: off\ncreate unique index concurrently t_${n} on t (id);\n${mark};\nalter table t add constraint t_c${n} unique using index t_${n}`
    case 2:
      return `-- transaction: off\n-- repeat\nupdate t set n = ${n} where id in (select id from t where n < ${n} limit 2000);\n${mark}`
    default:
      return `-- transaction: off\ncreate index concurrently t_${n} on t (id, n);\n${mark};\ndrop index concurrently if exists t_${Math.max(n - 4, 0)}`
  }
}

const files: MigrationFiles = Object.fromEntries(
  Array.from({ length: 20 }, (_, n) => [`${String(n + 1).padStart(4, '0')}-step`, { up: write(n) }]),
)

describeManyProcesses(postgresMigrations, files)
