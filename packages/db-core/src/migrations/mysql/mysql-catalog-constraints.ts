import { describe, groupBy, type Fact } from '../catalog/fact.ts'
import { cell, type ReadSchema, type SchemaRow } from './information-schema.ts'

/** Foreign keys and rules; unique constraints are indexes here. */
export async function readConstraintFacts(read: ReadSchema): Promise<Fact[]> {
  return [...(await readForeignKeys(read)), ...(await readChecks(read))]
}

async function readForeignKeys(read: ReadSchema): Promise<Fact[]> {
  const rules = new Map((await read('referential_constraints', 'constraint_schema')).map((row) => [constraintName(row), row]))
  const columns = (await read('key_column_usage')).filter((row) => cell(row, 'REFERENCED_TABLE_NAME') !== '')
  return groupBy(columns.toSorted(byPosition), constraintName).map(([name, keys]) => foreignKeyFact(name, keys, rules.get(name)))
}

function byPosition(one: SchemaRow, other: SchemaRow): number {
  return Number(one['ORDINAL_POSITION']) - Number(other['ORDINAL_POSITION'])
}

function constraintName(row: SchemaRow): string {
  return `${cell(row, 'TABLE_NAME')}.${cell(row, 'CONSTRAINT_NAME')}`
}

function foreignKeyFact(name: string, keys: readonly SchemaRow[], rules: SchemaRow = {}): Fact {
  const [first = {}] = keys
  const list = (column: string): string => `(${keys.map((row) => cell(row, column)).join(', ')})`
  const elsewhere = cell(first, 'REFERENCED_TABLE_SCHEMA') !== cell(first, 'TABLE_SCHEMA') && `${cell(first, 'REFERENCED_TABLE_SCHEMA')}.`
  const target = `${elsewhere || ''}${cell(first, 'REFERENCED_TABLE_NAME')} ${list('REFERENCED_COLUMN_NAME')}`
  const actions = `on update ${cell(rules, 'UPDATE_RULE')} on delete ${cell(rules, 'DELETE_RULE')}`.toLowerCase()
  return [`foreign key ${name}`, describe(list('COLUMN_NAME'), 'references', target, actions)]
}

/** MariaDB names the table beside the rule; MySQL in another place, with whether it is enforced. */
async function readChecks(read: ReadSchema): Promise<Fact[]> {
  const constraints = (await read('table_constraints')).filter((row) => cell(row, 'CONSTRAINT_TYPE') === 'CHECK')
  const rules = await read('check_constraints', 'constraint_schema')
  return constraints.flatMap((row) => {
    const rule = rules.find((one) => isSame(one, row))
    const enforced = cell(row, 'ENFORCED') === 'NO' && 'not enforced'
    return rule === undefined ? [] : [[`check ${constraintName(row)}`, describe(cell(rule, 'CHECK_CLAUSE'), enforced)] as const]
  })
}

function isSame(rule: SchemaRow, constraint: SchemaRow): boolean {
  const sameTable = rule['TABLE_NAME'] === undefined || rule['TABLE_NAME'] === constraint['TABLE_NAME']
  return sameTable && cell(rule, 'CONSTRAINT_NAME') === cell(constraint, 'CONSTRAINT_NAME')
}
