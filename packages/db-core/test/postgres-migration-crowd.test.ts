import { describeMigrationCrowd } from './support/describe-migration-crowd.ts'
import { postgresMigrations } from './support/postgres-migrations.ts'

describeMigrationCrowd(postgresMigrations, (name, number) => {
  const ran = `insert into runs values ('${name}')`
  if (number === 1)
    return {
      up: `create table runs (name text); create table t (id int, n int); insert into t select g, 0 from generate_series(1, 5000) g; ${ran}`,
    }
  switch (number % 4) {
    case 0:
      return { up: `-- transaction: off\ncreate index concurrently t_${number} on t (id, n);\n${ran};` }
    case 1:
      return { up: `create table t_${number} (id int primary key); ${ran}` }
    case 2:
      return {
        up: `-- transaction: off\n${ran};\ncreate unique index concurrently t_${number} on t (id);\nalter table t add constraint t_c${number} unique using index t_${number};`,
      }
    default:
      return {
        up: `-- transaction: off\n-- repeat\nupdate t set n = ${number} where id in (select id from t where n < ${number} limit 2000);\n${ran};\ndrop index concurrently if exists t_${number - 3};`,
      }
  }
})
