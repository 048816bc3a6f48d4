import { sql } from 'drizzle-orm'
import type { ResolvedSortKey } from '../filters/parse-sort.ts'
import type { Operands } from './sql-dialect.ts'
import type { WireValue } from './sql-driver.ts'
import { fieldOf, type SqlEntity } from './sql-entity.ts'
import { constantPart, joinSql, partsSql, type SqlPart } from './sql-part.ts'

/** What stands after ORDER BY. */
export function compileOrder(keys: readonly ResolvedSortKey[], entity: SqlEntity<unknown>): SqlPart {
  return {
    shape: keys.map(({ field, direction, nulls }) => `${field}.${direction}.${nulls}`).join(','),
    values: [],
    sql: () =>
      joinSql(
        keys.map(({ field, direction, nulls }) => entity.dialect.orderBy(fieldOf(entity, field), direction, nulls)),
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
  return entity.dialect.comparesRows && canCompareRows(steps)
    ? compareRows(steps, position.inclusive)
    : compareStepwise(steps, position.inclusive)
}

interface Step {
  readonly key: ResolvedSortKey
  readonly value: WireValue
  readonly entity: SqlEntity<unknown>
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
      const operands = steps.map(operandsOf)
      const left = operands.map(({ ordered }) => ordered)
      const right = operands.map(({ value }) => value)
      return sql`(${joinSql(left, sql`, `)}) ${sql.raw(operator)} (${joinSql(right, sql`, `)})`
    },
  }
}

/** (a after x) or (a same x and b after y) or …, each part written for the nulls it meets. */
function compareStepwise(steps: readonly Step[], inclusive: boolean): SqlPart {
  const alternatives = steps.map((step, index) => [...steps.slice(0, index).map(same), after(step)])
  if (inclusive) alternatives.push(steps.map(same))
  const possible = alternatives.filter((parts) => parts.every(({ shape }) => shape !== 'never'))
  if (possible.length === 0) return never(steps)
  return {
    shape: possible.map((parts) => parts.map(({ shape }) => shape).join('&')).join('|'),
    values: possible.flatMap((parts) => parts.flatMap(({ values }) => values)),
    sql: () =>
      sql`(${joinSql(
        possible.map((parts) => sql`(${joinSql(partsSql(parts), sql` and `)})`),
        sql` or `,
      )})`,
  }
}

/** The key comes last and is never null, so that this is only reached by a position that has no key. */
function never([step]: readonly Step[]): SqlPart {
  return constantPart('never', step?.entity.dialect.false ?? sql`1 = 0`)
}

function operandsOf({ key, entity }: Step): Operands {
  return entity.dialect.operands(fieldOf(entity, key.field), false)
}

function same(step: Step): SqlPart {
  const { key, value, entity } = step
  if (value === null) return constantPart(`${key.field}=null`, sql`${fieldOf(entity, key.field).column} is null`)
  return {
    shape: `${key.field}=`,
    values: [value],
    sql: () => {
      const { plain, value: mark } = operandsOf(step)
      return sql`${plain} = ${mark}`
    },
  }
}

function after(step: Step): SqlPart {
  const { key, value, entity } = step
  const { column } = fieldOf(entity, key.field)
  const nullsFollow = key.nulls === 'last'
  if (value === null)
    return nullsFollow ? constantPart('never', entity.dialect.false) : constantPart(`${key.field}!null`, sql`${column} is not null`)
  const operator = key.direction === 'asc' ? '>' : '<'
  const withNulls = nullsFollow && !isNeverNull(key, entity)
  return {
    shape: `${key.field}${operator}${withNulls ? 'null' : ''}`,
    values: [value],
    sql: () => {
      const { ordered, value: mark } = operandsOf(step)
      const beyond = sql`${ordered} ${sql.raw(operator)} ${mark}`
      return withNulls ? sql`(${beyond} or ${column} is null)` : beyond
    },
  }
}

function isNeverNull(key: ResolvedSortKey, entity: SqlEntity<unknown>): boolean {
  return fieldOf(entity, key.field).column.notNull
}
