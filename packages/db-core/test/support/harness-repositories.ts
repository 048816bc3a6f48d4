import { belongsTo, hasMany, hasOne, manyToMany } from '../../src/relations/relation.ts'
import type { OpenHarness } from '../../src/testing/index.ts'

/** The repositories of a harness, of whatever store. */
export type HarnessRepositories = Pick<OpenHarness, 'specimens' | 'joinedSpecimens' | 'entries' | 'articles' | 'remarks' | 'taggings'>

/** Given as a function, for the repositories name each other. */
type AllRepositories = () => HarnessRepositories

/** What the repository of articles is told besides its table or collection. */
export function articleOptions(all: AllRepositories) {
  return { searchFields: ['title', 'body'] as const, relations: articleRelations(all) }
}

/** What the repository of remarks is told besides its table or collection. */
export function remarkOptions(all: AllRepositories) {
  return { relations: { article: belongsTo(() => all().articles, 'articleId') } }
}

function articleRelations(all: AllRepositories) {
  return {
    remarks: hasMany(() => all().remarks, 'articleId', { orderBy: [{ field: 'rank', direction: 'asc' }] }),
    remark: hasOne(() => all().remarks, 'articleId'),
    entries: manyToMany(
      () => all().entries,
      { reader: () => all().taggings, field: 'articleId', throughField: 'entryId' },
      { orderBy: [{ field: 'text', direction: 'asc' }] },
    ),
  }
}
