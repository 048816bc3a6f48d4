import { describe, expect, it } from 'vitest'
import type { Suite } from './harness.ts'

/** D13: a broken reference, where the store knows references; elsewhere the proof that it knows none. */
export function describeForeignKeys(suite: Suite): void {
  describe('references', () => {
    if (suite.capabilities.foreignKeys) describeCheckedReferences(suite)
    else describeUncheckedReferences(suite)
  })
}

function describeUncheckedReferences({ open, harness }: Suite): void {
  it('are not checked, and lead to nothing when they are broken', async () => {
    const { id } = await open().remarks.create({ articleId: harness.missingId, text: 'x', rank: 1 })
    expect(await open().remarks.including({ article: true }).get(id)).toMatchObject({ articleId: harness.missingId, article: null })
    expect(await open().remarks.count({ exists: { article: {} } })).toBe(0)
  })
}

function describeCheckedReferences({ open, harness }: Suite): void {
  const dangling = { articleId: harness.missingId, text: 'x', rank: 1 }

  it('to a row that is not there are ForeignKey, from every write', async () => {
    const { articles, remarks } = open()
    const article = await articles.create({ title: 'One' })
    const { id } = await remarks.create({ articleId: article.id, text: 'x', rank: 1 })
    const refusal = { code: 'foreign-key', entity: 'remarks', fields: ['articleId'] }
    await expect(remarks.create(dangling)).rejects.toMatchObject(refusal)
    await expect(remarks.createMany([{ text: 'good', rank: 2 }, dangling])).rejects.toMatchObject(refusal)
    await expect(remarks.update(id, { articleId: harness.missingId })).rejects.toMatchObject(refusal)
    await expect(remarks.updateMany({ rank: { eq: 1 } }, { articleId: harness.missingId })).rejects.toMatchObject(refusal)
    await expect(remarks.upsert({ ...dangling, id }, ['id'])).rejects.toMatchObject(refusal)
    await expect(remarks.upsertMany([{ ...dangling, id }], ['id'])).rejects.toMatchObject(refusal)
    expect(await remarks.list()).toMatchObject([{ id, articleId: article.id }])
  })

  it('spare the other rows of a createMany with atomic: false', async () => {
    const outcomes = await open().remarks.createMany([{ text: 'good', rank: 2 }, dangling], { atomic: false })
    expect(outcomes).toMatchObject([{ row: { text: 'good' } }, { error: { code: 'foreign-key', fields: ['articleId'] } }])
    expect(await open().remarks.count()).toBe(1)
  })

  it('keep their row from being purged, and not from being deleted', async () => {
    const article = await open().articles.create({ title: 'One' })
    await open().remarks.create({ articleId: article.id, text: 'x', rank: 1 })
    await expect(open().articles.purge(article.id)).rejects.toMatchObject({ code: 'foreign-key' })
    expect(await open().articles.get(article.id)).toEqual(article)
    await open().articles.delete(article.id)
    expect(await open().articles.count()).toBe(0)
  })
}
