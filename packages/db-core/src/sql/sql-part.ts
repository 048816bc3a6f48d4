import { sql, type SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { WireValue } from './sql-driver.ts'

/**
 * A piece of a statement: `shape` names its text, `values` are its parameters in the order of the text.
 * The text is only built for a shape that was not seen before.
 */
export interface SqlPart {
  readonly shape: string
  readonly values: readonly WireValue[]
  readonly sql: () => SQL
}

/** The place of one parameter. */
export const slot = sql.placeholder('value')

export function constantPart(shape: string, text: SQL): SqlPart {
  return { shape, values: [], sql: () => text }
}

/** Joins conditions by AND; none at all is true. */
export function allOf(parts: readonly SqlPart[]): SqlPart {
  const [first] = parts
  if (first !== undefined && parts.length === 1) return first
  if (first === undefined) return constantPart('true', sql`true`)
  return {
    shape: `(${parts.map(({ shape }) => shape).join('&')})`,
    values: parts.flatMap(({ values }) => values),
    sql: () =>
      sql`(${sql.join(
        parts.map((part) => part.sql()),
        sql` and `,
      )})`,
  }
}

const dialect = new PgDialect()
const maxTexts = 500
const longestText = 10_000

/** The texts of one repository's statements, by shape: at most 500, the oldest goes first, and long ones, as of bulk inserts, are not kept. */
export class StatementTexts {
  readonly #texts = new Map<string, string>()

  get(shape: string, build: () => SQL): string {
    const known = this.#texts.get(shape)
    if (known !== undefined) return known
    const text = renderSql(build())
    if (shape.length + text.length > longestText) return text
    if (this.#texts.size >= maxTexts) this.#forgetOldest()
    this.#texts.set(shape, text)
    return text
  }

  #forgetOldest(): void {
    for (const shape of this.#texts.keys()) {
      this.#texts.delete(shape)
      return
    }
  }
}

export function renderSql(query: SQL): string {
  return dialect.sqlToQuery(query).sql
}
