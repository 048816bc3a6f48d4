import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineCollection, MongoRepository, stringKey } from '../src/mongo/index.ts'
import { failureOf, useMongo } from './support/mongo.ts'

const plain = defineCollection({
  name: 'plain',
  schema: z.object({ ...stringKey(), amount: z.int(), big: z.bigint().optional(), list: z.array(z.bigint()).optional() }),
})

describe('a bigint on MongoDB', () => {
  const fixture = useMongo([plain])
  beforeEach(async () => {
    await fixture.database.driver.collection('plain').deleteMany({})
  })

  it('comes back as it was stored, and has its order', async () => {
    const texts = new MongoRepository(fixture.database, plain)
    await texts.create({ id: 'big', amount: 1, big: 5n })
    expect(await texts.get('big')).toEqual({ id: 'big', amount: 1, big: 5n })
    for (const [id, big] of [
      ['max', 2n ** 63n - 1n],
      ['min', -(2n ** 63n)],
    ] as const) {
      await texts.create({ id, amount: 1, big })
      expect(await texts.getOne({ big: { eq: big } })).toEqual({ id, amount: 1, big })
    }
    const walk = await texts.seek({ orderBy: [{ field: 'big', direction: 'asc' }], limit: 1 })
    expect(walk.items.map(({ id }) => id)).toEqual(['min'])
    expect(await texts.seek({ orderBy: [{ field: 'big', direction: 'asc' }], cursor: walk.next ?? '' })).toMatchObject({
      items: [{ id: 'big' }, { id: 'max' }],
    })
  })

  it('is refused where the database could only keep a part of it', async () => {
    const texts = new MongoRepository(fixture.database, plain)
    await texts.create({ id: 'x', amount: 1, big: 0n })
    const refused = { code: 'invalid-value', entity: 'plain', fields: ['big'] }
    for (const big of [2n ** 63n, -(2n ** 63n) - 1n, 2n ** 80n]) {
      expect(await failureOf(texts.create({ id: 'y', amount: 1, big }))).toMatchObject(refused)
      expect(await failureOf(texts.update('x', { big }))).toMatchObject(refused)
      expect(await failureOf(texts.upsertMany([{ id: 'x', amount: 1, big }], ['id']))).toMatchObject(refused)
      expect(await failureOf(texts.create({ id: 'y', amount: 1, list: [1n, big] }))).toMatchObject({ ...refused, fields: ['list'] })
      expect(await failureOf(texts.count({ big: { eq: big } }))).toMatchObject(refused)
    }
    expect(await texts.list()).toEqual([{ id: 'x', amount: 1, big: 0n }])
  })
})
