import { sql, type SQL } from 'drizzle-orm'
import type { ResolvedSortKey } from '../filters/parse-sort.ts'
import type { WireValue } from './sql-driver.ts'
import { fieldOf, type SqlEntity } from './sql-entity.ts'
import { sortable } from './sql-filters.ts'
import { constantPart, slot, type SqlPart } from './sql-part.ts'

/** What stands after ORDER BY. */
export function compileOrder(keys: readonly ResolvedSortKey[], entity: SqlEntity<unknown>): SqlPart {
  return {
    shape: keys.map(({ field, direction, nulls }) => `${field}.${direction}.${nulls}`).join(','),
    values: [],
    sql: () =>
      sql.join(
        keys.map((key) => orderSql(key, entity)),
        sql`, `,
      ),
  }
}

export interface KeysetPosition {
  /** One for each sort key, as the database gave it. */
  readonly values: readonly WireValue[]
  readonly inclusive: boolean
}

/** The rows that come after a position in the order of `keys`, the last of which is unique and never null. */
export function compileKeyset(keys: readonly ResolvedSortKey[], position: KeysetPosition, entity: SqlEntity<unknown>): SqlPart {
  const steps = keys.map((key, index): Step => ({ key, value: position.values[index] ?? null, entity }))
  return canCompareRows(steps) ? compareRows(steps, position.inclusive) : compareStepwise(steps, position.inclusive)
}

interface Step {
  readonly key: ResolvedSortKey
  readonly value: WireValue
  readonly entity: SqlEntity<unknown>
}

function orderSql({ field: name, direction, nulls }: ResolvedSortKey, entity: SqlEntity<unknown>): SQL {
  const field = fieldOf(entity, name)
  const byDefault = direction === 'asc' ? 'last' : 'first'
  const placement = field.column.notNull || nulls === byDefault ? '' : ` nulls ${nulls}`
  return sql`${sortable(field)} ${sql.raw(direction + placement)}`
}

/** One row comparison is one range of an index; it needs one direction and no nulls. */
function canCompareRows(steps: readonly Step[]): boolean {
  return steps.every(({ key, value, entity }) => value !== null && key.direction === steps[0]?.key.direction && isNeverNull(key, entity))
}

function compareRows(steps: readonly Step[], inclusive: boolean): SqlPart {
  const operator = `${steps[0]?.key.direction === 'desc' ? '<' : '>'}${inclusive ? '=' : ''}`
  return {
    shape: `rows${operator}`,
    values: steps.map(({ value }) => value),
    sql: () => {
      const left = steps.map(({ key, entity }) => sortable(fieldOf(entity, key.field)))
      return sql`(${sql.join(left, sql`, `)}) ${sql.raw(operator)} (${sql.join(
        steps.map(() => sql`${slot}`),
        sql`, `,
      )})`
    },
  }
}

/** (a after x) or (a same x and b after y) or …, each part written for the nulls it meets. */
function compareStepwise(steps: readonly Step[], inclusive: boolean): SqlPart {
  const alternatives = steps.map((step, index) => [...steps.slice(0, index).map(same), after(step)])
  if (inclusive) alternatives.push(steps.map(same))
  const possible = alternatives.filter((parts) => parts.every(({ shape }) => shape !== 'never'))
  if (possible.length === 0) return constantPart('false', sql`false`)
  return {
    shape: possible.map((parts) => parts.map(({ shape }) => shape).join('&')).join('|'),
    values: possible.flatMap((parts) => parts.flatMap(({ values }) => values)),
    sql: () =>
      sql`(${sql.join(
        possible.map(
          (parts) =>
            sql`(${sql.join(
              parts.map((part) => part.sql()),
              sql` and `,
            )})`,
        ),
        sql` or `,
      )})`,
  }
}

function same({ key, value, entity }: Step): SqlPart {
  const { column } = fieldOf(entity, key.field)
  if (value === null) return constantPart(`${key.field}=null`, sql`${column} is null`)
  return { shape: `${key.field}=`, values: [value], sql: () => sql`${column} = ${slot}` }
}

function after({ key, value, entity }: Step): SqlPart {
  const field = fieldOf(entity, key.field)
  const nullsFollow = key.nulls === 'last'
  if (value === null)
    return nullsFollow ? constantPart('never', sql`false`) : constantPart(`${key.field}!null`, sql`${field.column} is not null`)
  const operator = key.direction === 'asc' ? '>' : '<'
  const withNulls = nullsFollow && !isNeverNull(key, entity)
  return {
    shape: `${key.field}${operator}${withNulls ? 'null' : ''}`,
    values: [value],
    sql: () => {
      const beyond = sql`${sortable(field)} ${sql.raw(operator)} ${slot}`
      return withNulls ? sql`(${beyond} or ${field.column} is null)` : beyond
    },
  }
}

function isNeverNull(key: ResolvedSortKey, entity: SqlEntity<unknown>): boolean {
  return fieldOf(entity, key.field).column.notNull
}
