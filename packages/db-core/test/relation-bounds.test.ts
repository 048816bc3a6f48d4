import { expect, it } from 'vitest'
import { z } from 'zod'
import { belongsTo, manyToMany } from '../src/index.ts'
import { MemoryDatabase, memoryRepository } from '../src/memory/index.ts'
import { defineCollection, stringKey } from '../src/mongo/index.ts'

const named = (name: string, shape: z.ZodRawShape = {}) => defineCollection({ name, schema: z.object({ ...stringKey(), ...shape }) })
const authors = defineCollection({ name: 'authors', schema: z.object({ ...stringKey() }) })
const books = defineCollection({ name: 'books', schema: z.object({ ...stringKey(), authorId: z.string().nullable() }) })
const many = 10_001

async function library() {
  const database = new MemoryDatabase()
  const authorRepository = memoryRepository(database, authors)
  const bookRepository = memoryRepository(database, books, { relations: { author: belongsTo(() => authorRepository, 'authorId') } })
  const ids = Array.from({ length: many }, (_, place) => `b${place}`)
  await bookRepository.createMany(ids.map((id, place) => ({ id, authorId: `a${place}` })))
  return { ids, bookRepository }
}

it('a relation to more than 10,000 keys in one level is refused, and one to as many is followed', async () => {
  const { ids, bookRepository } = await library()
  const view = bookRepository.including({ author: true })
  await expect(view.getMany(ids)).rejects.toMatchObject({ code: 'unsupported' })
  expect(await view.getMany(ids.slice(1))).toHaveLength(many - 1)
})

it('a stream loads related rows part by part, so that its length is no bound', async () => {
  const { bookRepository } = await library()
  let seen = 0
  for await (const { author } of bookRepository.including({ author: true }).stream()) seen += author === null ? 1 : 0
  expect(seen).toBe(many)
})

it('a relation through rows must name the field that leads to them, and a filter knows the relations of its entity alone', async () => {
  const database = new MemoryDatabase()
  const target = memoryRepository(database, named('targets'))
  const through = { reader: () => target, field: 'id', throughField: 'id' } as const
  const { targetField: _field, ...nameless } = manyToMany(() => target, through)
  const source = memoryRepository(database, named('sources'), { relations: { targets: { ...nameless, targetField: undefined } } })
  await source.create({ id: 'a' })
  await expect(source.including({ targets: true }).list()).rejects.toMatchObject({ code: 'unsupported' })
  const unchecked: { count(where: unknown): Promise<number> } = target
  await expect(unchecked.count({ exists: { targets: {} } })).rejects.toMatchObject({ code: 'invalid-filter' })
})
