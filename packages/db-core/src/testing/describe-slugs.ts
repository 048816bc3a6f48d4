import { describe, expect, it } from 'vitest'
import type { Suite } from './harness.ts'

/** D3, slugs: made of the title, unique among live rows, allocated by the unique key itself. */
export function describeSlugs({ open }: Suite): void {
  describe('slugs', () => {
    it.each([
      ['Hello, World!', 'hello-world'],
      ['  Crème   brûlée — déjà vu  ', 'creme-brulee-deja-vu'],
      ['UPPER_case 2', 'upper-case-2'],
      ['Ж', 'item'],
      ['', 'item'],
      ['😀!?', 'item'],
    ])('%j becomes %j', async (title, slug) => {
      expect(await open().articles.create({ title })).toMatchObject({ title, slug })
    })

    it('are at most 80 characters long, also with a suffix', async () => {
      const title = `${'a'.repeat(79)} ${'b'.repeat(40)}`
      for (let turn = 0; turn < 3; turn += 1) {
        const { slug } = await open().articles.create({ title })
        expect(slug.length).toBeLessThanOrEqual(80)
        expect(slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      }
    })

    it('differ for 20 rows of one title that are created at once', async () => {
      const created = await Promise.all(Array.from({ length: 20 }, () => open().articles.create({ title: 'Same title' })))
      const slugs = created.map(({ slug }) => slug)
      expect(new Set(slugs).size).toBe(20)
      expect(slugs).toContain('same-title')
      for (const slug of slugs) expect(slug).toMatch(/^same-title(-[2-5]|-[a-z0-9]{6})?$/)
      expect(await open().articles.count()).toBe(20)
    })

    it('count up before they are drawn at random', async () => {
      const slugs: string[] = []
      for (let turn = 0; turn < 7; turn += 1) slugs.push((await open().articles.create({ title: 'Same' })).slug)
      expect(slugs.slice(0, 5)).toEqual(['same', 'same-2', 'same-3', 'same-4', 'same-5'])
      for (const slug of slugs.slice(5)) expect(slug).toMatch(/^same-[a-z0-9]{6}$/)
    })

    it('differ within one createMany, whose rows keep their order', async () => {
      await open().articles.create({ title: 'Same' })
      const titles = ['Same', 'Other', 'Same', 'Same', 'Other']
      const created = await open().articles.createMany(titles.map((title) => ({ title })))
      expect(created.map(({ title }) => title)).toEqual(titles)
      expect(new Set(created.map(({ slug }) => slug)).size).toBe(5)
      for (const { title, slug } of created) expect(slug.startsWith(title.toLowerCase())).toBe(true)
      expect(await open().articles.count()).toBe(6)
    })

    it('differ for more rows of one title than there are numbers, alone and inside a transaction', async () => {
      const same = Array.from({ length: 20 }, () => ({ title: 'Same' }))
      await open().articles.createMany(same)
      await open().transaction(async (tx) => {
        await open().articles.createMany(same.slice(0, 3), { tx })
        await open().articles.create({ title: 'After' }, { tx })
      })
      const slugs = (await open().articles.list({ where: { title: { eq: 'Same' } } })).map(({ slug }) => slug)
      expect(new Set(slugs).size).toBe(23)
    })

    it('go round those that are taken, also where each row stands for itself', async () => {
      await open().articles.create({ title: 'Same' })
      const alone = await open().articles.createMany([{ title: 'Same' }, { title: 'Third' }], { atomic: false })
      expect(alone).toMatchObject([{ row: { title: 'Same', slug: 'same-2' } }, { row: { slug: 'third' } }])
      const inputs = [{ title: 'Same' }, { title: 'Any', slug: 'same' }, { title: 'Other' }]
      expect(await open().articles.createMany(inputs, { atomic: false })).toMatchObject([
        { row: { title: 'Same', slug: expect.stringMatching(/^same-/) } },
        { error: { code: 'conflict', fields: ['slug'] } },
        { row: { slug: 'other' } },
      ])
    })

    it('are allocated inside a transaction, which goes on', async () => {
      await open().articles.create({ title: 'Same' })
      await open().transaction(async (tx) => {
        for (const slug of ['same-2', 'same-3', 'same-4']) {
          expect(await open().articles.create({ title: 'Same' }, { tx })).toMatchObject({ slug })
        }
      })
      expect(await open().articles.count()).toBe(4)
    })

    it('are kept when given, and then a conflict is a conflict', async () => {
      expect(await open().articles.create({ title: 'Any', slug: 'given' })).toMatchObject({ slug: 'given' })
      await expect(open().articles.create({ title: 'Any', slug: 'given' })).rejects.toMatchObject({ code: 'conflict', fields: ['slug'] })
      expect(await open().articles.count()).toBe(1)
    })

    it('are no cure for another conflict', async () => {
      const { id } = await open().articles.create({ title: 'First' })
      const refusal = { code: 'conflict', fields: ['id'] }
      await expect(open().articles.create({ id, title: 'Second' })).rejects.toMatchObject(refusal)
      await expect(open().articles.createMany([{ title: 'Third' }, { id, title: 'Second' }])).rejects.toMatchObject(refusal)
      expect(await open().articles.count()).toBe(1)
    })

    it('are freed by a delete and checked by restore', async () => {
      const { id } = await open().articles.create({ title: 'Same' })
      await open().articles.delete(id)
      expect(await open().articles.create({ title: 'Same' })).toMatchObject({ slug: 'same' })
      await expect(open().articles.restore(id)).rejects.toMatchObject({ code: 'conflict', fields: ['slug'] })
    })

    it('stay when the title changes', async () => {
      const { id } = await open().articles.create({ title: 'Before' })
      expect(await open().articles.update(id, { title: 'After' })).toMatchObject({ title: 'After', slug: 'before' })
    })

    it('need the field that they are made of', async () => {
      const unchecked: { create(input: unknown): Promise<unknown> } = open().articles
      for (const input of [{ body: 'x' }, { title: null }]) {
        await expect(unchecked.create(input)).rejects.toMatchObject({ code: 'not-null', fields: ['title'] })
      }
      expect(await open().articles.count()).toBe(0)
    })

    it('stay in an upsert of a row that is there, and are made for one that is not', async () => {
      const { id } = await open().articles.create({ title: 'Before' })
      const [first, second] = await open().articles.upsertMany([{ id, title: 'After' }, { title: 'Before' }], ['id'])
      expect(first).toMatchObject({ created: false, row: { id, title: 'After', slug: 'before' } })
      expect(second).toMatchObject({ created: true, row: { title: 'Before', slug: 'before-2' } })
    })

    it('stay in a single upsert, and are made for a new row, whatever is taken', async () => {
      const { id } = await open().articles.create({ title: 'Same' })
      expect(await open().articles.upsert({ id, title: 'After' }, ['id'])).toMatchObject({ created: false, row: { slug: 'same' } })
      const made = await open().articles.upsert({ title: 'Same' }, ['id'])
      expect(made).toMatchObject({ created: true, row: { title: 'Same', slug: 'same-2' } })
      await open().transaction(async (tx) => {
        const inside = await open().articles.upsert({ title: 'Same' }, ['id'], { tx })
        expect(inside).toMatchObject({ created: true, row: { slug: 'same-3' } })
      })
      expect(await open().articles.count()).toBe(3)
    })

    it('name the row of an upsert', async () => {
      const first = await open().articles.upsert({ title: 'One', slug: 'one' }, ['slug'])
      const second = await open().articles.upsert({ title: 'One again', slug: 'one' }, ['slug'])
      expect(first.created).toBe(true)
      expect(second).toMatchObject({ created: false, row: { id: first.row.id, title: 'One again', slug: 'one' } })
    })
  })
}
