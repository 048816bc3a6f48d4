import { describe, groupBy, type Fact } from '../catalog/fact.ts'
import { cell, said, type ReadSchema, type SchemaRow } from './information-schema.ts'

/** Views, triggers, routines and events. `database` is left out where they name it, so that two databases can be alike. */
export async function readProgramFacts(read: ReadSchema, database: string): Promise<Fact[]> {
  const prefix = `\`${database.replaceAll('`', '``')}\`.`
  const parameters = new Map(groupBy(await read('parameters', 'specific_schema'), routineName))
  return [
    ...(await read('views')).map((row) => viewFact(row, prefix)),
    ...(await read('triggers', 'trigger_schema')).map(triggerFact),
    ...(await read('routines', 'routine_schema')).map((row) => routineFact(row, parameters.get(routineName(row)) ?? [])),
    ...(await read('events', 'event_schema')).map(eventFact),
  ]
}

function viewFact(row: SchemaRow, prefix: string): Fact {
  const check = cell(row, 'CHECK_OPTION') !== 'NONE' && `with ${cell(row, 'CHECK_OPTION')} check option`
  const definition = cell(row, 'VIEW_DEFINITION').replaceAll(prefix, '')
  return [`view ${cell(row, 'TABLE_NAME')}`, describe(definition, check, rightsOf(row))]
}

function rightsOf(row: SchemaRow): string {
  return `as ${cell(row, 'SECURITY_TYPE') === 'INVOKER' ? 'invoker' : cell(row, 'DEFINER')}`
}

function triggerFact(row: SchemaRow): Fact {
  const when = `${cell(row, 'ACTION_TIMING')} ${cell(row, 'EVENT_MANIPULATION')} on ${cell(row, 'EVENT_OBJECT_TABLE')}`
  const order = `order ${cell(row, 'ACTION_ORDER')}`
  return [
    `trigger ${cell(row, 'TRIGGER_NAME')}`,
    describe(when.toLowerCase(), order, cell(row, 'ACTION_STATEMENT'), rightsOf(row), modeOf(row)),
  ]
}

function modeOf(row: SchemaRow): string {
  return said(row, 'SQL_MODE', 'mode')
}

function routineName(row: SchemaRow): string {
  const name = cell(row, 'ROUTINE_NAME') || cell(row, 'SPECIFIC_NAME')
  return `${cell(row, 'ROUTINE_TYPE').toLowerCase()} ${name}`
}

/** Position 0 is what a function gives back. */
function routineFact(row: SchemaRow, parameters: readonly SchemaRow[]): Fact {
  const list = parameters.filter((one) => Number(one['ORDINAL_POSITION']) > 0).map(parameterText)
  const description = describe(
    `(${list.join(', ')})`,
    said(row, 'DTD_IDENTIFIER', 'returns'),
    cell(row, 'IS_DETERMINISTIC') === 'YES' && 'deterministic',
    cell(row, 'SQL_DATA_ACCESS').toLowerCase(),
    cell(row, 'ROUTINE_DEFINITION'),
    rightsOf(row),
    modeOf(row),
  )
  return [routineName(row), description]
}

function parameterText(row: SchemaRow): string {
  return describe(cell(row, 'PARAMETER_MODE').toLowerCase(), cell(row, 'PARAMETER_NAME'), cell(row, 'DTD_IDENTIFIER'))
}

/** The moments of a schedule are left out: most are the moment at which the event was made. */
function eventFact(row: SchemaRow): Fact {
  const every = cell(row, 'INTERVAL_VALUE') === '' ? 'once' : `every ${cell(row, 'INTERVAL_VALUE')} ${cell(row, 'INTERVAL_FIELD')}`
  const description = describe(
    every,
    cell(row, 'STATUS').toLowerCase(),
    cell(row, 'ON_COMPLETION').toLowerCase(),
    cell(row, 'EVENT_DEFINITION'),
    modeOf(row),
  )
  return [`event ${cell(row, 'EVENT_NAME')}`, description]
}
