import { describe, groupBy, type Fact } from '../catalog/fact.ts'
import type { MigrationSession } from '../sql/migration-session.ts'
import { cell, said, type ReadSchema, type SchemaRow } from './information-schema.ts'

/** Tables, sequences, columns, partitions and indexes. */
export async function readTableFacts(session: MigrationSession, read: ReadSchema): Promise<Fact[]> {
  const tables = (await read('tables')).filter((row) => !cell(row, 'TABLE_TYPE').endsWith('VIEW'))
  const sequences = tables.filter((row) => cell(row, 'TABLE_TYPE') === 'SEQUENCE')
  const stored = tables.filter((row) => cell(row, 'TABLE_TYPE') !== 'SEQUENCE')
  const names = new Set(stored.map(tableOf))
  const ofTable = (row: SchemaRow): boolean => names.has(tableOf(row))
  return [
    ...stored.map(tableFact),
    ...(await Promise.all(sequences.map((row) => sequenceFact(session, tableOf(row))))),
    ...(await read('columns')).filter(ofTable).map(columnFact),
    ...(await read('partitions')).flatMap(partitionFacts),
    ...groupBy((await read('statistics')).filter(ofTable), indexName).map(([name, columns]) => indexFact(name, columns)),
  ]
}

function tableOf(row: SchemaRow): string {
  return cell(row, 'TABLE_NAME')
}

function tableFact(row: SchemaRow): Fact {
  const versioned = cell(row, 'TABLE_TYPE') === 'SYSTEM VERSIONED' && 'system versioned'
  const comment = cell(row, 'TABLE_COMMENT') !== '' && `comment ${JSON.stringify(cell(row, 'TABLE_COMMENT'))}`
  return [
    `table ${tableOf(row)}`,
    describe(cell(row, 'ENGINE'), cell(row, 'TABLE_COLLATION'), cell(row, 'CREATE_OPTIONS'), versioned, comment),
  ]
}

/** MariaDB keeps what a sequence is told in a table of one row, beside the counter, which is left out. */
async function sequenceFact(session: MigrationSession, name: string): Promise<Fact> {
  const columns = 'start_value, minimum_value, maximum_value, increment, cache_size, cycle_option'
  const [row] = await session.rows(`select ${columns} from \`${name.replaceAll('`', '``')}\``)
  return [
    `sequence ${name}`,
    Object.entries(row ?? {})
      .map(([key, value]) => `${key} ${String(value)}`)
      .join(', '),
  ]
}

function columnFact(row: SchemaRow): Fact {
  const fallback = row['COLUMN_DEFAULT']
  const description = describe(
    cell(row, 'COLUMN_TYPE'),
    cell(row, 'IS_NULLABLE') === 'NO' && 'not null',
    typeof fallback === 'string' && `default ${fallback}`,
    cell(row, 'EXTRA').toLowerCase(),
    said(row, 'GENERATION_EXPRESSION', 'as'),
    said(row, 'COLLATION_NAME', 'collate'),
    said(row, 'SRS_ID', 'srid'),
    cell(row, 'COLUMN_COMMENT') !== '' && `comment ${JSON.stringify(cell(row, 'COLUMN_COMMENT'))}`,
  )
  return [`column ${tableOf(row)}.${cell(row, 'COLUMN_NAME')}`, description]
}

function partitionFacts(row: SchemaRow): Fact[] {
  const name = cell(row, 'PARTITION_NAME')
  if (name === '') return []
  const part = cell(row, 'SUBPARTITION_NAME')
  const description = describe(
    `${cell(row, 'PARTITION_METHOD')} (${cell(row, 'PARTITION_EXPRESSION')})`,
    cell(row, 'PARTITION_DESCRIPTION'),
    said(row, 'SUBPARTITION_METHOD', 'then'),
    cell(row, 'SUBPARTITION_EXPRESSION'),
  )
  return [[`partition ${tableOf(row)}.${part === '' ? name : `${name}.${part}`}`, description]]
}

function indexName(row: SchemaRow): string {
  const name = cell(row, 'INDEX_NAME')
  return name === 'PRIMARY' ? `primary key ${tableOf(row)}` : `index ${tableOf(row)}.${name}`
}

function indexFact(name: string, columns: readonly SchemaRow[]): Fact {
  const [first = {}] = columns
  const list = columns.map(indexedColumn).join(', ')
  const hidden = cell(first, 'IGNORED') === 'YES' || cell(first, 'IS_VISIBLE') === 'NO'
  const comment = cell(first, 'INDEX_COMMENT')
  const unique = cell(first, 'NON_UNIQUE') === '0' && 'unique'
  return [
    name,
    describe(
      unique,
      `(${list})`,
      cell(first, 'INDEX_TYPE').toLowerCase(),
      hidden && 'ignored',
      comment !== '' && `comment ${JSON.stringify(comment)}`,
    ),
  ]
}

function indexedColumn(row: SchemaRow): string {
  const expression = cell(row, 'EXPRESSION')
  const length = cell(row, 'SUB_PART')
  const name = expression === '' ? cell(row, 'COLUMN_NAME') : `(${expression})`
  return `${name}${length === '' ? '' : `(${length})`}${cell(row, 'COLLATION') === 'D' ? ' desc' : ''}`
}
