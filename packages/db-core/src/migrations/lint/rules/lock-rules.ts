import type { Constraint, SchemaChange } from '../changes/schema-change.ts'
import type { Found, LintContext, Rule } from '../lint-rule.ts'

const indexNotConcurrent: Rule = {
  name: 'index-not-concurrent',
  dialects: ['postgres'],
  excuse: 'allow',
  danger: 'nobody writes the table until the index is built; to drop one, nobody reads it either.',
  instead: 'Write `CREATE INDEX CONCURRENTLY` or `DROP INDEX CONCURRENTLY` in a file whose first line is `-- transaction: off`.',
  find(change, { made, undoes }) {
    if (change.kind === 'create-index' && !change.concurrently && !made.tables.has(change.table) && !made.views.has(change.table)) {
      const object = change.index ?? change.table
      return [{ subject: `CREATE INDEX ${object} without CONCURRENTLY`, object, table: change.table }]
    }
    if (
      change.kind === 'drop-index' &&
      !change.concurrently &&
      !made.indexes.has(change.index) &&
      undoes?.made.indexes.has(change.index) !== true
    )
      return [{ subject: `DROP INDEX ${change.index} without CONCURRENTLY`, object: change.index }]
    if (change.kind === 'reindex' && !change.concurrently)
      return [{ subject: `REINDEX ${change.name} without CONCURRENTLY`, object: change.name }]
    return []
  },
}

const foreignKeyNotValid: Rule = {
  name: 'foreign-key-not-valid',
  dialects: ['postgres', 'mysql'],
  excuse: 'allow',
  danger: {
    postgres: 'every row is looked up in the other table, and nobody writes either table meanwhile.',
    mysql: 'the server copies the whole table to look up every row, and nobody writes it meanwhile.',
  },
  instead: {
    postgres:
      'Add it with `NOT VALID`, and `VALIDATE CONSTRAINT` in a transaction of its own (`-- transaction: off`, or a later migration).',
    mysql: 'Look for orphans, then `SET foreign_key_checks = 0` and add `, ALGORITHM=INPLACE, LOCK=NONE` to the statement.',
  },
  find(change, context) {
    const added = addedTo(change, context, 'foreign-key')
    if (added.length > 0 || change.kind !== 'add-column' || context.made.tables.has(change.table)) return added
    // Without a default there is no value to look up, and PostgreSQL knows it.
    if (change.column.references === undefined || change.column.default === undefined) return []
    return inlineFound(change, 'REFERENCES')
  },
}

const checkNotValid: Rule = {
  name: 'check-not-valid',
  dialects: ['postgres', 'mysql'],
  excuse: 'allow',
  danger: {
    postgres: 'every row is checked, and nobody reads or writes the table meanwhile.',
    mysql: 'the server copies the whole table to check every row, and nobody writes it meanwhile.',
  },
  instead: {
    postgres:
      'Add it with `NOT VALID`, and `VALIDATE CONSTRAINT` in a transaction of its own (`-- transaction: off`, or a later migration).',
    mysql:
      'Keep the rule in the code (a CHECK cannot be added without a copy of the table), or say how small the table is in the exception.',
  },
  find(change, context) {
    const added = addedTo(change, context, 'check')
    const isInline = change.kind === 'add-column' && change.column.check && !context.made.tables.has(change.table)
    return isInline ? inlineFound(change, 'CHECK') : added
  },
}

/** A constraint whose rows are looked at right away, or later while its own transaction still holds the lock. */
function addedTo(change: SchemaChange, { made, transaction, online }: LintContext, kind: Constraint['kind']): Found[] {
  if (online || !('table' in change) || made.tables.has(change.table)) return []
  const { table } = change
  if (change.kind === 'add-constraint' && change.constraint.kind === kind && !change.constraint.notValid) {
    const { name } = change.constraint
    return [{ subject: `ADD CONSTRAINT ${name ?? `on ${table}`} without NOT VALID`, object: name ?? table, table }]
  }
  if (change.kind !== 'validate-constraint' || !transaction || made.unvalidated.get(`${table}.${change.name}`) !== kind) return []
  return [{ subject: `VALIDATE CONSTRAINT ${change.name} in the transaction that added it`, object: change.name, table }]
}

function inlineFound(change: Extract<SchemaChange, { kind: 'add-column' }>, what: string): Found[] {
  const object = `${change.table}.${change.column.name}`
  return [{ subject: `ADD COLUMN ${object} with ${what}`, object, table: change.table, column: change.column.name }]
}

const uniqueConstraint: Rule = {
  name: 'unique-constraint',
  dialects: ['postgres'],
  excuse: 'allow',
  danger: 'the server builds its index, and nobody reads or writes the table meanwhile.',
  instead:
    '`CREATE UNIQUE INDEX CONCURRENTLY` in a file with `-- transaction: off`, then `ALTER TABLE {table} ADD CONSTRAINT … UNIQUE USING INDEX …`.',
  find(change, { made }) {
    if (change.kind === 'add-column' && (change.column.unique || change.column.primaryKey) && !made.tables.has(change.table))
      return inlineFound(change, 'UNIQUE or PRIMARY KEY')
    if (change.kind !== 'add-constraint' || made.tables.has(change.table) || change.constraint.usingIndex) return []
    const { kind, name } = change.constraint
    if (kind !== 'unique' && kind !== 'primary-key' && kind !== 'exclusion') return []
    return [{ subject: `ADD CONSTRAINT ${name ?? `on ${change.table}`} (${kind})`, object: name ?? change.table, table: change.table }]
  },
}

const volatileDefault: Rule = {
  name: 'volatile-default',
  dialects: ['postgres', 'mysql'],
  excuse: 'allow',
  danger: {
    postgres: 'each row gets a value of its own, so the server writes the whole table again, and nobody reads or writes it meanwhile.',
    mysql: 'each row gets a value of its own, so the server copies the whole table, and nobody writes it meanwhile.',
  },
  instead:
    'Add the column without DEFAULT, `ALTER COLUMN {column} SET DEFAULT …` for new rows, and fill the old ones in batches (`-- repeat`).',
  find(change, { made, online }) {
    if (change.kind !== 'add-column' || change.column.default !== 'volatile' || made.tables.has(change.table) || online) return []
    return inlineFound(change, 'a DEFAULT that may differ from row to row')
  },
}

const rewritingColumn: Rule = {
  name: 'rewriting-column',
  dialects: ['postgres', 'mysql'],
  excuse: 'allow',
  danger: {
    postgres: 'the server writes the whole table again to give each row its value, and nobody reads or writes it meanwhile.',
    mysql: 'the server writes the whole table again to give each row its value, and nobody writes it meanwhile.',
  },
  instead: {
    postgres:
      'Add a plain column, fill it in batches (`-- repeat`), then `ALTER COLUMN {column} ADD GENERATED … AS IDENTITY`; in place of a stored column a trigger, or an index on the expression.',
    mysql: 'Add a plain column and fill it in batches (`-- repeat`); in place of a STORED column a VIRTUAL one.',
  },
  find(change, { made, online }) {
    if (change.kind !== 'add-column' || made.tables.has(change.table) || online) return []
    const { generated } = change.column
    return generated === 'counted' || generated === 'stored' ? inlineFound(change, 'a value for each row') : []
  },
}

const rewriteTable: Rule = {
  name: 'rewrite-table',
  dialects: ['postgres', 'mysql'],
  excuse: 'allow',
  danger: {
    postgres: 'the server writes the whole table again, and nobody reads or writes it meanwhile.',
    mysql: 'the server copies the whole table, and nobody writes it meanwhile.',
  },
  instead:
    'Do it outside migrations in a quiet hour, or with a tool that copies in the background; `REFRESH MATERIALIZED VIEW` takes CONCURRENTLY.',
  find(change, { made, online }) {
    if (change.kind !== 'rewrite-table' || made.tables.has(change.table) || made.views.has(change.table) || online) return []
    return [{ subject: `${change.how} ${change.table}`.trim(), object: change.table, table: change.table }]
  },
}

/** What keeps others out of a table for as long as the server reads or writes all of it. */
export const lockRules: readonly Rule[] = [
  indexNotConcurrent,
  foreignKeyNotValid,
  checkNotValid,
  uniqueConstraint,
  volatileDefault,
  rewritingColumn,
  rewriteTable,
]
