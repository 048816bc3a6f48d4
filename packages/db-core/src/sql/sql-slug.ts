import type { Column } from 'drizzle-orm'
import { randomSuffix } from '../mixins/slug.ts'

const sources = new WeakMap<object, string>()

/**
 * The default of a slug column, which also tells the repository from which field slugs are made. It is only called for rows that
 * are inserted without the repository.
 */
export function slugDefault(from: string): () => string {
  const makeSlug = () => `item-${randomSuffix()}`
  sources.set(makeSlug, from)
  return makeSlug
}

/** The field that the column's slugs are made from, if its default is a `slugDefault`. */
export function slugSourceOf(column: Column | undefined): string | undefined {
  return column?.defaultFn && sources.get(column.defaultFn)
}
