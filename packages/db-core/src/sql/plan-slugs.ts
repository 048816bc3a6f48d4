import { randomSuffix, slugCandidates, slugField } from '../mixins/slug.ts'
import type { NewRow } from './new-row.ts'

/** A row to insert; `slugText` is what its slug is made of, when it needs one. */
export interface PlannedRow {
  readonly row: NewRow
  readonly slugText: string | undefined
}

/** The rows with slugs that differ from each other; others of the table are not looked at. */
export function planSlugs(planned: readonly PlannedRow[]): NewRow[] {
  if (planned.every(({ slugText }) => slugText === undefined)) return planned.map(({ row }) => row)
  const taken = new Set(planned.map(({ row }) => row.get(slugField)))
  return planned.map(({ row, slugText }) => {
    if (slugText === undefined) return row
    const slug = firstFree(slugText, taken)
    taken.add(slug)
    return row.with(slugField, slug)
  })
}

function firstFree(text: string, taken: ReadonlySet<unknown>): string {
  let last = ''
  for (const slug of slugCandidates(text)) {
    if (!taken.has(slug)) return slug
    last = slug
  }
  return `${last.slice(0, -7)}-${randomSuffix()}`
}
