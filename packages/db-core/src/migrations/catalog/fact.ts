/** One entry of a catalog on its way there. */
export type Fact = readonly [object: string, description: string]

/** Joins what there is to say about one thing. */
export function describe(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== false && part !== '').join(' ')
}

/** Groups rows that belong to one thing, in their order. */
export function groupBy<Row>(rows: readonly Row[], keyOf: (row: Row) => string): readonly (readonly [string, Row[]])[] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const key = keyOf(row)
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return [...groups]
}
