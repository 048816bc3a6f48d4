import { expect } from 'vitest'
import type { SortKey } from '../filters/filter.ts'
import type { CursorPage } from '../pages/page.ts'
import type { SeekQuery } from '../repository/repository.ts'
import type { NewSpecimen, Specimen, SpecimenRepository } from './entities.ts'
import { rowOrder } from './oracle.ts'

/** What a walk over pages has seen. */
export interface Walk {
  readonly ids: string[]
  readonly last: CursorPage<Specimen>
}

/** Which rows a disturbance leaves alone, and which it brings. */
export interface Passing {
  /** The ids that are never touched. */
  readonly stays: ReadonlySet<string>
  readonly arrivals: Iterator<NewSpecimen>
}

/** A row comes, and the rows at both ends of the page go, the cursors' own among them; those that stay, stay. */
export async function disturb(specimens: SpecimenRepository, { items }: CursorPage<Specimen>, { stays, arrivals }: Passing): Promise<void> {
  const arrival = arrivals.next()
  if (!arrival.done) await specimens.create(arrival.value)
  const ends = new Set([items[0]?.id, items.at(-1)?.id])
  for (const id of ends) if (id !== undefined && !stays.has(id)) await specimens.delete(id)
}

/** All ids in reading order, page by page in one direction, and the page at the end. */
export async function walk(
  specimens: SpecimenRepository,
  query: SeekQuery<Specimen>,
  direction: 'next' | 'previous',
  between: (page: CursorPage<Specimen>) => Promise<void> = async () => {},
): Promise<Walk> {
  let page = await specimens.seek(query)
  let ids = page.items.map(({ id }) => id)
  for (let turn = 0; turn < 1000; turn += 1) {
    const cursor = page[direction]
    if (cursor === undefined) return { ids, last: page }
    expect(cursor.length).toBeLessThanOrEqual(2048)
    await between(page)
    page = await specimens.seek({ ...query, cursor })
    const found = page.items.map(({ id }) => id)
    ids = direction === 'next' ? [...ids, ...found] : [...found, ...ids]
  }
  throw new Error('the pages do not end')
}

/** The ids in the order of the sort keys, sorted in memory. */
export function sortedIds(rows: readonly Specimen[], orderBy: readonly SortKey<Specimen>[]): string[] {
  const order = rowOrder(orderBy)
  return rows.toSorted((left, right) => order({ ...left }, { ...right })).map(({ id }) => id)
}
