import { sqlTokens, type SqlDialect } from '../files/sql-tokens.ts'

/** Whether a statement names an object of a catalog, or what that belongs to: `alter table a …` names `column a.id`. */
export function mentions(statement: string, { object, dialect }: { object: string; dialect: SqlDialect }): boolean {
  const named = new Set(
    sqlTokens(statement, dialect).flatMap(({ kind, text }) => (kind === 'word' || kind === 'name' ? wordsOf(text) : [])),
  )
  // The first word is the kind of object.
  return wordsOf(object)
    .slice(1)
    .some((word) => named.has(word))
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\w$\u0080-\uffff]+/g) ?? []
}
