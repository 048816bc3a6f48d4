import { Column, is } from 'drizzle-orm'
import { PgArray } from 'drizzle-orm/pg-core'

type ArrayText = string | null | ArrayText[]

/**
 * Reads the text form of an array. Drizzle's own reader drops backslashes and takes NULL for a text.
 */
export function parseArrayText(text: string): ArrayText[] {
  const root: ArrayText[] = []
  const open = [root]
  for (const [token] of text.matchAll(/[{}]|"(?:[^"\\]|\\.)*"|[^{},"\s][^{},]*/gs)) {
    if (token === '{') open.push(openInner(open.at(-1)))
    else if (token === '}') open.pop()
    else open.at(-1)?.push(readItem(token))
  }
  const [outer] = root
  return Array.isArray(outer) ? outer : []
}

/** Makes a driver's value the value that the table declares; undefined for a column whose values are right as they come. */
export function columnDecoder(column: Column): ((value: unknown) => unknown) | undefined {
  if (is(column, PgArray)) return (value) => decodeItems(column.baseColumn, parseArrayText(String(value)))
  if (column.mapFromDriverValue === Column.prototype.mapFromDriverValue) return undefined
  return (value) => column.mapFromDriverValue(value)
}

function openInner(parent: ArrayText[] | undefined): ArrayText[] {
  const inner: ArrayText[] = []
  parent?.push(inner)
  return inner
}

function readItem(token: string): string | null {
  if (token.startsWith('"')) return token.slice(1, -1).replaceAll(/\\(.)/gs, '$1')
  return token === 'NULL' ? null : token
}

function decodeItems(column: Column, items: readonly ArrayText[]): unknown[] {
  const inner = is(column, PgArray) ? column.baseColumn : column
  return items.map((item) => (item === null ? null : Array.isArray(item) ? decodeItems(inner, item) : column.mapFromDriverValue(item)))
}
