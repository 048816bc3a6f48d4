/**
 * The structure of a database as flat facts: the key names one thing (`column users.email`, `index users_email_unique`), the value
 * describes it in the server's own normal form (`text not null`). The tables of db-core's own records are left out, and so is
 * anything that means nothing, such as the position of a column: equal catalogs behave alike.
 */
export type Catalog = Readonly<Record<string, string>>

export interface CatalogDifference {
  /** The key in both catalogs, `column users.email`. */
  readonly object: string
  /** Undefined where it should not be there. */
  readonly expected?: string
  /** Undefined where it is missing. */
  readonly found?: string
}

/** What of `found` is not as in `expected`, in the order of keys. */
export function compareCatalogs(expected: Catalog, found: Catalog): CatalogDifference[] {
  const objects = [...new Set([...Object.keys(expected), ...Object.keys(found)])].toSorted()
  return objects.flatMap((object) => {
    const [before, after] = [expected[object], found[object]]
    if (before === after) return []
    return [{ object, ...(before !== undefined && { expected: before }), ...(after !== undefined && { found: after }) }]
  })
}

/** Makes the changes of one migration in the recorded catalog, so that what others have altered by hand stays visible as drift. */
export function applyDifferences(catalog: Catalog, differences: readonly CatalogDifference[]): Catalog {
  const changed = new Map(Object.entries(catalog))
  for (const { object, found } of differences) {
    if (found === undefined) changed.delete(object)
    else changed.set(object, found)
  }
  return Object.fromEntries([...changed].toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
