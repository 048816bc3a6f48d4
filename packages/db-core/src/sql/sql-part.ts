import { sql, type SQL } from 'drizzle-orm'
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

/** Joins conditions by AND; what is always true is left out. */
export function allOf([first, ...others]: readonly [SqlPart, ...SqlPart[]]): SqlPart {
  const parts = others.filter(({ shape }) => shape !== 'true')
  const [second] = parts
  if (second === undefined) return first
  if (first.shape !== 'true') parts.unshift(first)
  if (parts.length === 1) return second
  return {
    shape: `(${parts.map(({ shape }) => shape).join('&')})`,
    values: parts.flatMap(({ values }) => values),
    sql: () => sql`(${joinSql(partsSql(parts), sql` and `)})`,
  }
}

export function partsSql(parts: readonly SqlPart[]): SQL[] {
  return parts.map((part) => part.sql())
}

export function joinSql(pieces: readonly SQL[], separator: SQL): SQL {
  return sql.join([...pieces], separator)
}

const maxTexts = 500
const longestText = 10_000

/** The texts of one repository's statements, by shape: at most 500, the oldest goes first, and long ones, as of bulk inserts, are not kept. */
export class StatementTexts {
  readonly #texts = new Map<string, string>()

  get(shape: string, build: () => string): string {
    const known = this.#texts.get(shape)
    if (known !== undefined) return known
    const text = build()
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
