import type { NoRelations, Relation } from '../relations/relation.ts'
import type { Repository } from '../repository/repository.ts'

/** A row with every kind of field, with timestamps, soft delete and version. `code` is unique among live rows, `amount` is never negative. */
export interface Specimen {
  readonly id: string
  readonly code: string
  readonly name: string | null
  readonly amount: number
  readonly ratio: number | null
  readonly active: boolean
  readonly at: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly deletedAt: Date | null
  readonly deletedBy: string | null
  readonly version: number
}

export interface NewSpecimen {
  readonly id?: string | undefined
  readonly code: string
  readonly name?: string | null | undefined
  readonly amount: number
  readonly ratio?: number | null | undefined
  readonly active: boolean
  readonly at?: Date | null | undefined
}

/** A row without soft delete that belongs to a tenant and names its actors. `text` is unique within a tenant. */
export interface Entry {
  readonly id: string
  readonly text: string
  readonly tenantId: string
  readonly createdBy: string
  readonly updatedBy: string
}

export interface NewEntry {
  readonly id?: string | undefined
  readonly text: string
}

export type SpecimenRepository = Repository<Specimen, string, NewSpecimen, Partial<Omit<NewSpecimen, 'id'>>>
export type EntryRepository = Repository<Entry, string, NewEntry, Partial<Omit<NewEntry, 'id'>>>

/** A row with a slug made of its title, with soft delete; `search` looks into `title` and `body`. */
export interface Article {
  readonly id: string
  readonly title: string
  readonly slug: string
  readonly body: string | null
  readonly deletedAt: Date | null
  readonly deletedBy: string | null
}

export interface NewArticle {
  readonly id?: string | undefined
  readonly title: string
  readonly slug?: string | undefined
  readonly body?: string | null | undefined
}

/** A row that belongs to an article, with soft delete. On stores with foreign keys `articleId` is one. */
export interface Remark {
  readonly id: string
  readonly articleId: string | null
  readonly text: string
  readonly rank: number
  readonly deletedAt: Date | null
  readonly deletedBy: string | null
}

export interface NewRemark {
  readonly id?: string | undefined
  readonly articleId?: string | null | undefined
  readonly text: string
  readonly rank: number
}

/** The rows between articles and entries. */
export interface Tagging {
  readonly id: string
  readonly articleId: string
  readonly entryId: string
}

export interface NewTagging {
  readonly id?: string | undefined
  readonly articleId: string
  readonly entryId: string
}

/** A type, not an interface, so that only these names are relations. */
export type ArticleRelations = {
  /** By `rank`, ascending. */
  readonly remarks: Relation<Remark, true, RemarkRelations>
  /** The remark of the article, for articles that have one. */
  readonly remark: Relation<Remark, false, RemarkRelations>
  /** Through taggings, by `text`, ascending. */
  readonly entries: Relation<Entry, true, NoRelations>
}

export type RemarkRelations = {
  readonly article: Relation<Article, false, ArticleRelations>
}

export type ArticleRepository = Repository<Article, string, NewArticle, Partial<Omit<NewArticle, 'id'>>, ArticleRelations>
export type RemarkRepository = Repository<Remark, string, NewRemark, Partial<Omit<NewRemark, 'id'>>, RemarkRelations>
export type TaggingRepository = Repository<Tagging, string, NewTagging, Partial<Omit<NewTagging, 'id'>>>
