import { expectTypeOf, it } from 'vitest'
import { runInTenant, unscoped } from '../src/index.ts'
import type { Filter } from '../src/filters/filter.ts'
import type { Outcome, Reader, SeparateOptions, Upserted } from '../src/repository/repository.ts'
import type {
  Article,
  ArticleRelations,
  ArticleRepository,
  Entry,
  EntryRepository,
  Remark,
  Specimen,
  SpecimenRepository,
} from '../src/testing/entities.ts'

declare const articles: ArticleRepository
declare const specimens: SpecimenRepository
declare const entries: EntryRepository

// Every line is checked by the compiler; nothing here needs to run.
it('what a call answers follows from what it was asked', () => {
  expectTypeOf<SpecimenRepository['upsert']>().returns.resolves.toEqualTypeOf<Upserted<Specimen>>()
  expectTypeOf<SpecimenRepository['upsertMany']>().returns.resolves.toEqualTypeOf<Upserted<Specimen>[]>()
  expectTypeOf<SpecimenRepository['softDelete']>().returns.resolves.toEqualTypeOf<void>()
})

export function answersOfCreateMany(apart: SeparateOptions): void {
  const input = { code: 'a', amount: 1, active: true }
  expectTypeOf(specimens.createMany([input])).resolves.toEqualTypeOf<Specimen[]>()
  expectTypeOf(specimens.createMany([input], {})).resolves.toEqualTypeOf<Specimen[]>()
  expectTypeOf(specimens.createMany([input], { atomic: false })).resolves.toEqualTypeOf<Outcome<Specimen>[]>()
  expectTypeOf(specimens.createMany([input], apart)).resolves.toEqualTypeOf<Outcome<Specimen>[]>()
}

export function rowOfOutcome(outcome: Outcome<Specimen>): string {
  // @ts-expect-error whether there is a row is not known yet
  const early = outcome.row.code
  return outcome.error ? outcome.error.code : outcome.row.code + early
}

export async function projections(): Promise<void> {
  expectTypeOf(specimens.selecting(['code', 'at'])).toEqualTypeOf<Reader<Specimen, string, {}, Pick<Specimen, 'code' | 'at'>>>()
  expectTypeOf(specimens.selecting(['code']).find('a')).resolves.toEqualTypeOf<Pick<Specimen, 'code'> | undefined>()
  // @ts-expect-error an unknown field
  specimens.selecting(['colour'])
  const shown = await specimens.selecting(['code']).get('a')
  // @ts-expect-error a field that is not shown
  void shown.name
  // @ts-expect-error a view reads only
  void specimens.selecting(['code']).create({ code: 'a', amount: 1, active: true })
}

export async function includes(): Promise<void> {
  const withRemarks = await articles.including({ remarks: true, remark: true }).get('a')
  expectTypeOf(withRemarks.remarks).toEqualTypeOf<Remark[]>()
  expectTypeOf(withRemarks.remark).toEqualTypeOf<Remark | null>()
  const nested = await articles.including({ remarks: { article: { entries: true } } }).get('a')
  expectTypeOf(nested.remarks[0]?.article?.entries[0]?.text).toEqualTypeOf<string | undefined>()
  expectTypeOf(nested.title).toEqualTypeOf<string>()
  // @ts-expect-error an unknown relation
  articles.including({ comments: true })
  // @ts-expect-error an unknown relation of a relation
  articles.including({ remarks: { author: true } })
  // @ts-expect-error relations are asked for by true
  articles.including({ remarks: false })
  // @ts-expect-error a relation that was not asked for
  void withRemarks.entries
  // @ts-expect-error nothing to include
  specimens.including({ remarks: true })
}

export const allowedFilters: Filter<Article, ArticleRelations>[] = [
  { exists: { remarks: { rank: { gte: 2 } } } },
  { exists: { remarks: { exists: { article: { title: { startsWith: 'a' } } } }, entries: {} } },
  { not: { search: 'red bicycle' } },
]

export const refusedFilters: Filter<Article, ArticleRelations>[] = [
  // @ts-expect-error an unknown relation
  { exists: { comments: {} } },
  // @ts-expect-error an unknown field of a relation
  { exists: { remarks: { colour: { eq: 'red' } } } },
  // @ts-expect-error a value of another type
  { exists: { remarks: { rank: { eq: '2' } } } },
  // @ts-expect-error an unknown relation of a relation
  { exists: { remarks: { exists: { author: {} } } } },
  // @ts-expect-error undefined is no filter
  { exists: { remarks: undefined } },
  // @ts-expect-error a search is a text
  { search: ['red'] },
  // @ts-expect-error a search is a text
  { search: undefined },
]

export async function refusedCalls(): Promise<void> {
  // @ts-expect-error no relations, no exists
  await specimens.count({ exists: { remarks: {} } })
  // @ts-expect-error an unknown lock
  await specimens.get('a', { lock: 'write' })
  // @ts-expect-error a page takes no lock
  await specimens.page({}, { lock: 'update' })
  // @ts-expect-error a count takes no lock
  await specimens.count({}, { lock: 'update' })
  // @ts-expect-error rows stand for themselves in createMany only
  await specimens.upsertMany([], ['code'], { atomic: false })
  // @ts-expect-error an upsert names a key
  await specimens.upsertMany([])
  // @ts-expect-error an unknown field as a key
  await specimens.upsertMany([], ['colour'])
  // @ts-expect-error a bulk write needs a filter
  await specimens.deleteMany()
  // @ts-expect-error a bulk write needs a patch
  await specimens.updateMany({ amount: { eq: 1 } })
  // @ts-expect-error a transaction is passed as { tx }
  await specimens.find('a', { transaction: {} })
}

export async function tenants(entry: Entry): Promise<void> {
  // @ts-expect-error the tenant is stamped, never given
  await entries.create({ text: 'a', tenantId: 'b' })
  // @ts-expect-error a row never changes its tenant
  await entries.update(entry.id, { tenantId: 'b' })
  // @ts-expect-error a row never changes who made it
  await entries.update(entry.id, { createdBy: 'b' })
  // @ts-expect-error a tenant may be missing, and then there is nobody to run for
  await runInTenant(undefined, () => entries.count())
  // @ts-expect-error leaving the tenants needs a reason
  await unscoped(() => entries.count())
  // @ts-expect-error and somebody who is told
  await unscoped('a reason', () => entries.count())
}
