import type { Article, Entry, Remark } from './entities.ts'
import { inTenant, type OpenHarness } from './harness.ts'

/** A few articles with remarks and entries, some deleted, some of another tenant. */
export interface Library {
  /** Has the remarks `first` (rank 1) and `second` (rank 2), a deleted one (rank 3), and the entries `x` of a and `y` of b. */
  readonly full: Article
  /** Has one deleted remark (rank 3) and the entry `z` of b. */
  readonly empty: Article
  /** Deleted, with the live remark `orphan`. */
  readonly gone: Article
  readonly remarks: Readonly<Record<'first' | 'second' | 'deleted' | 'buried' | 'orphan' | 'loose', Remark>>
  readonly entries: Readonly<Record<'x' | 'y' | 'z', Entry>>
}

/** Fills articles, remarks, taggings and entries; entries belong to the tenants `a` and `b`. */
export async function fillLibrary(open: OpenHarness): Promise<Library> {
  const { articles, remarks } = open
  const full = await articles.create({ title: 'Full' })
  const empty = await articles.create({ title: 'Empty' })
  const gone = await articles.create({ title: 'Gone' })
  const written = {
    second: await remarks.create({ articleId: full.id, text: 'second', rank: 2 }),
    first: await remarks.create({ articleId: full.id, text: 'first', rank: 1 }),
    deleted: await remarks.create({ articleId: full.id, text: 'deleted', rank: 3 }),
    buried: await remarks.create({ articleId: empty.id, text: 'buried', rank: 3 }),
    orphan: await remarks.create({ articleId: gone.id, text: 'orphan', rank: 4 }),
    loose: await remarks.create({ text: 'loose', rank: 5 }),
  }
  await remarks.delete(written.deleted.id)
  await remarks.delete(written.buried.id)
  await articles.delete(gone.id)
  return { full, empty, gone, remarks: written, entries: await fillEntries(open, { full, empty }) }
}

async function fillEntries(
  { entries, taggings }: OpenHarness,
  { full, empty }: Pick<Library, 'full' | 'empty'>,
): Promise<Library['entries']> {
  const x = await inTenant('a', () => entries.create({ text: 'x' }))
  const y = await inTenant('b', () => entries.create({ text: 'y' }))
  const z = await inTenant('b', () => entries.create({ text: 'z' }))
  await taggings.createMany([
    { articleId: full.id, entryId: x.id },
    { articleId: full.id, entryId: y.id },
    { articleId: empty.id, entryId: z.id },
  ])
  return { x, y, z }
}
