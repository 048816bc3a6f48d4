import type { Migration } from '../store/migration.ts'
import type { SqlDialect } from '../files/sql-tokens.ts'
import { KnownSchema } from './known-schema.ts'
import type { LintFinding } from './lint-finding.ts'
import { badException } from './lint-rules.ts'
import { lintScript } from './lint-script.ts'

/**
 * Looks for changes that harm whoever uses the database while they run, or code of the release before, in up.sql and down.sql.
 * Give all migrations from the first on: later ones are judged by what earlier ones have made.
 */
export function lintMigrations(migrations: readonly Migration[], dialect: SqlDialect): LintFinding[] {
  let schema = new KnownSchema()
  return migrations.flatMap((migration, index) => {
    const { name, up, down, contract } = migration
    const before = schema
    const upwards = lintScript(up, { name, dialect, direction: 'up', contract, schema: before.copy(), undoes: undefined })
    schema = upwards.schema
    const findings = [...contractFaults(migration, migrations.slice(0, index + 1)), ...upwards.findings]
    if (down === undefined) return findings
    const undoes = { before, made: upwards.made, changes: upwards.changes }
    const downwards = lintScript(down, { name, dialect, direction: 'down', contract: undefined, schema: schema.copy(), undoes })
    return [...findings, ...downwards.findings]
  })
}

/** No code could ever serve that has to know what does not exist. */
function contractFaults({ name, contract }: Migration, soFar: readonly Migration[]): LintFinding[] {
  if (contract === undefined || soFar.some((migration) => migration.name === contract)) return []
  const message = `-- contract: no migration before this one is called ${contract}, so no code could serve any more.`
  return [
    { file: `${name}/up.sql`, line: 1, rule: badException, message, advice: 'Name the migration since whose release the code is ready.' },
  ]
}
