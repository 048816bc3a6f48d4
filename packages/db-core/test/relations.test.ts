import { createMongoDatabase, createPostgresDatabase } from '@polystore/testing'
import { sql } from 'drizzle-orm'
import { integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { MultipleResultsError, UnsupportedError } from '../src/errors/repository-error.ts'
import { silentLogger } from '../src/connection/database-logger.ts'
import { connectMongo, defineCollection, MongoRepository, softDelete as softDeletion, uuidKey as key } from '../src/mongo/index.ts'
import { belongsTo, hasMany, hasOne, manyToMany, type ToMany, type ToOne } from '../src/relations/relation.ts'
import type { Transaction } from '../src/repository/transaction.ts'
import { connectPostgres, softDelete, SqlRepository, uuidKey } from '../src/sql/index.ts'
import { collect, failureOf } from '../src/testing/harness.ts'

const users = pgTable('users', { ...uuidKey(), name: text('name').notNull() })
const posts = pgTable('posts', {
  ...uuidKey(),
  authorId: uuid('author_id'),
  title: text('title').notNull(),
  rank: integer('rank').notNull(),
})
const likes = pgTable('likes', { ...uuidKey(), userId: uuid('user_id').notNull(), postId: uuid('post_id').notNull(), ...softDelete() })
const visits = defineCollection({
  name: 'visits',
  schema: z.object({ ...key(), userId: z.string().nullable(), page: z.string(), ...softDeletion() }),
})
const devices = defineCollection({ name: 'devices', schema: z.object({ ...key(), visitId: z.string(), name: z.string() }) })

const ddl = `
  create table users (id uuid primary key, name text not null);
  create table posts (id uuid primary key, author_id uuid, title text not null, rank integer not null);
  create table likes (id uuid primary key, user_id uuid not null, post_id uuid not null, deleted_at timestamptz(3), deleted_by text);
`

type Users = SqlRepository<typeof users, UserRelations>
type Posts = SqlRepository<typeof posts, PostRelations>
type Visits = MongoRepository<typeof visits, VisitRelations>
type Devices = MongoRepository<typeof devices>
type UserRelations = {
  readonly posts: ToMany<Posts>
  readonly profile: ToOne<Posts>
  readonly liked: ToMany<Posts>
  readonly visits: ToMany<Visits>
}
type PostRelations = { readonly author: ToOne<Users> }
type VisitRelations = { readonly user: ToOne<Users>; readonly devices: ToMany<Devices> }

interface Repositories {
  readonly users: Users
  readonly posts: Posts
  readonly likes: SqlRepository<typeof likes>
  readonly visits: Visits
  readonly devices: Devices
}

type Stores = Awaited<ReturnType<typeof openStores>>

/** Relations within PostgreSQL, within MongoDB, and between them. Every statement of PostgreSQL is counted as it is sent, every operation of MongoDB by its server. */
async function openStores() {
  const [forSql, forMongo] = await Promise.all([createPostgresDatabase(), createMongoDatabase()])
  const statements: string[] = []
  const info = (fields: object) => void statements.push(JSON.stringify(fields))
  const postgres = connectPostgres(forSql.url, {
    echo: true,
    logger: { ...silentLogger, info },
    cursorSecret: 'a secret for the cursors of this test',
  })
  const mongo = connectMongo(forMongo.url)
  await postgres.execute(sql.raw(ddl))
  await mongo.prepare([visits, devices])
  const all: Repositories = {
    users: new SqlRepository(postgres, users, {
      relations: {
        posts: hasMany(() => all.posts, 'authorId', { orderBy: [{ field: 'rank', direction: 'desc' }] }),
        profile: hasOne(() => all.posts, 'authorId'),
        liked: manyToMany(
          () => all.posts,
          { reader: () => all.likes, field: 'userId', throughField: 'postId' },
          { orderBy: [{ field: 'title', direction: 'asc' }] },
        ),
        visits: hasMany(() => all.visits, 'userId', { orderBy: [{ field: 'page', direction: 'asc' }] }),
      },
    }),
    posts: new SqlRepository(postgres, posts, {
      relations: { author: belongsTo(() => all.users, 'authorId') },
    }),
    likes: new SqlRepository(postgres, likes),
    visits: new MongoRepository(mongo, visits, {
      relations: { user: belongsTo(() => all.users, 'userId'), devices: hasMany(() => all.devices, 'visitId') },
    }),
    devices: new MongoRepository(mongo, devices),
  }
  return {
    ...all,
    postgres,
    mongo,
    statements,
    async clear() {
      await postgres.execute(sql.raw('truncate users, posts, likes'))
      for (const { name } of [visits, devices]) await mongo.driver.collection(name).deleteMany({})
    },
    async close() {
      await Promise.all([postgres.close(), mongo.close()])
      await Promise.all([forSql.drop(), forMongo.drop()])
    },
  }
}

describe('relations', () => {
  let stores: Stores
  beforeAll(async () => {
    stores = await openStores()
  })
  beforeEach(() => stores.clear())
  afterAll(() => stores.close())

  /** The texts of the statements that `work` sends to PostgreSQL. */
  async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
    const before = stores.statements.length
    await work()
    return stores.statements.slice(before).filter((text) => text.includes('select'))
  }

  /** What the server of MongoDB was asked for by `work`, as it wrote it down itself. */
  async function operationsOf(work: () => Promise<unknown>): Promise<unknown[]> {
    const { driver } = stores.mongo
    await driver.command({ profile: 2 })
    await work()
    await driver.command({ profile: 0 })
    const written = await driver
      .collection('system.profile')
      .find({ ns: { $regex: /visits|devices/ } })
      .toArray()
    await driver.collection('system.profile').drop()
    return written.map(({ op, ns }) => `${String(op)} ${String(ns).split('.').at(-1)}`)
  }

  async function twoUsers() {
    const [ann, bob] = await stores.users.createMany([{ name: 'Ann' }, { name: 'Bob' }])
    if (!ann || !bob) throw new Error('two users were created')
    return { ann, bob }
  }

  it('in PostgreSQL cost one statement per relation and level, two through rows between, however many rows there are', async () => {
    const authors = await stores.users.createMany(Array.from({ length: 150 }, (_, index) => ({ name: `user ${index}` })))
    const written = await stores.posts.createMany(
      authors.flatMap(({ id }) => [0, 1, 2, 3, 4].map((rank) => ({ authorId: id, title: `post ${rank}`, rank }))),
    )
    await stores.likes.createMany(written.map(({ id }, index) => ({ postId: id, userId: authors[index % 150]?.id ?? '' })))
    const view = stores.users.including({ posts: { author: true }, liked: true })
    let rows: Awaited<ReturnType<typeof view.list>> = []
    expect(await statementsOf(async () => (rows = await view.list({ limit: 1000 })))).toHaveLength(5)
    expect(rows).toHaveLength(150)
    for (const { id, posts: own, liked } of rows) {
      expect(own.map(({ rank, author }) => [rank, author?.id])).toEqual([4, 3, 2, 1, 0].map((rank) => [rank, id]))
      expect(liked).toHaveLength(5)
    }
    expect(await statementsOf(() => view.get(authors[0]?.id ?? ''))).toHaveLength(5)
  })

  it('in MongoDB cost one query per relation and level, however many rows there are', async () => {
    const seen = await stores.visits.createMany(Array.from({ length: 150 }, (_, index) => ({ page: `page ${index}` })))
    await stores.devices.createMany(seen.flatMap(({ id }) => ['a', 'b', 'c', 'd', 'e'].map((name) => ({ visitId: id, name }))))
    const view = stores.visits.including({ devices: true })
    let rows: Awaited<ReturnType<typeof view.list>> = []
    expect(await operationsOf(async () => (rows = await view.list({ limit: 1000 })))).toEqual(['query visits', 'query devices'])
    for (const row of rows) expect(row.devices.map(({ name }) => name).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(rows).toHaveLength(150)
  })

  it('lead from one store into the other and back', async () => {
    const { ann, bob } = await twoUsers()
    const [second, first, gone] = await stores.visits.createMany([
      { userId: ann.id, page: '/b' },
      { userId: ann.id, page: '/a' },
      { userId: ann.id, page: '/c' },
      { userId: null, page: '/d' },
    ])
    await stores.visits.delete(gone?.id ?? '')
    const view = stores.users.including({ visits: { user: true } })
    expect(await view.getMany([bob.id, ann.id])).toEqual([
      { ...bob, visits: [] },
      {
        ...ann,
        visits: [
          { ...first, user: ann },
          { ...second, user: ann },
        ],
      },
    ])
    const anonymous = await stores.visits.including({ user: { visits: true } }).findOne({ page: { eq: '/d' } })
    expect(anonymous?.user).toBeNull()
    expect(await stores.users.list({ where: { exists: { visits: { page: { startsWith: '/' } } } } })).toEqual([ann])
    expect(await stores.users.list({ where: { not: { exists: { visits: {} } } } })).toEqual([bob])
    const ofAnn = { exists: { user: { name: { eq: 'Ann' }, exists: { visits: { page: { eq: '/a' } } } } } }
    expect((await stores.visits.list({ where: ofAnn, orderBy: [{ field: 'page', direction: 'asc' }] })).map(({ page }) => page)).toEqual([
      '/a',
      '/b',
    ])
  })

  it('that lead into the other store are asked for once by a page and by a change of many', async () => {
    const { ann } = await twoUsers()
    await stores.visits.create({ userId: ann.id, page: '/' })
    const where = { exists: { visits: {} } }
    expect(
      await operationsOf(async () => expect(await stores.users.page({ where })).toMatchObject({ total: 1, items: [ann] })),
    ).toHaveLength(1)
    expect(await operationsOf(() => stores.users.updateMany(where, { name: 'Anna' }))).toHaveLength(1)
  })

  it('between stores are refused inside a transaction, which holds one store', async () => {
    const { ann } = await twoUsers()
    await stores.visits.create({ userId: ann.id, page: '/' })
    await stores.postgres.transaction(async (tx) => {
      const refusal = { code: 'unsupported' }
      await expect(stores.users.including({ visits: true }).get(ann.id, { tx })).rejects.toMatchObject(refusal)
      await expect(stores.users.count({ exists: { visits: {} } }, { tx })).rejects.toMatchObject(refusal)
      expect(await stores.users.including({ posts: true }).get(ann.id, { tx })).toEqual({ ...ann, posts: [] })
    })
  })

  it('to one row refuse to choose among several', async () => {
    const { ann, bob } = await twoUsers()
    await stores.posts.createMany([1, 2].map((rank) => ({ authorId: ann.id, title: 'x', rank })))
    const view = stores.users.including({ profile: true })
    expect(await failureOf(view.get(ann.id))).toBeInstanceOf(MultipleResultsError)
    expect(await view.get(bob.id)).toEqual({ ...bob, profile: null })
  })

  it('through rows between give each target once, and none by a deleted row between', async () => {
    const { ann } = await twoUsers()
    const [second, first, third] = await stores.posts.createMany(['b', 'a', 'c'].map((title) => ({ title, rank: 1 })))
    const made = await stores.likes.createMany([first, second, second, third].map((post) => ({ userId: ann.id, postId: post?.id ?? '' })))
    await stores.likes.delete(made[3]?.id ?? '')
    expect((await stores.users.including({ liked: true }).get(ann.id)).liked).toEqual([first, second])
    expect(await stores.users.count({ exists: { liked: { title: { eq: 'c' } } } })).toBe(0)
    expect(await stores.users.count({ exists: { liked: { title: { eq: 'b' } } } })).toBe(1)
  })

  it('of a stream come chunk by chunk, and in every page', async () => {
    const authors = await stores.users.createMany(
      Array.from({ length: 1100 }, (_, index) => ({ name: `user ${String(index).padStart(4, '0')}` })),
    )
    await stores.posts.createMany(authors.map(({ id }, rank) => ({ authorId: id, title: 'x', rank })))
    const view = stores.users.including({ posts: true })
    const orderBy = [{ field: 'name', direction: 'asc' }] as const
    let rows: Awaited<ReturnType<typeof view.list>> = []
    const sent = await statementsOf(async () => (rows = await collect(view.stream({ orderBy }))))
    expect(sent).toHaveLength(6)
    expect(rows.map(({ posts: own }) => own[0]?.rank)).toEqual(authors.map((_, rank) => rank))
    const page = await view.seek({ orderBy, limit: 10 })
    const next = await view.seek({ orderBy, limit: 10, cursor: page.next ?? '' })
    expect(next.items.map(({ posts: own }) => own[0]?.rank)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
    expect(await view.page({ orderBy, limit: 3, page: 2 })).toMatchObject({ total: 1100, items: [{ posts: [{ rank: 3 }] }, {}, {}] })
  })

  it('pass their transaction on, so that its own rows are found', async () => {
    const { ann } = await twoUsers()
    const found = await stores.postgres.transaction(async (tx: Transaction) => {
      await stores.posts.create({ authorId: ann.id, title: 'mine', rank: 1 }, { tx })
      return await stores.users.including({ posts: { author: true } }).getOne({ exists: { posts: { title: { eq: 'mine' } } } }, { tx })
    })
    expect(found).toMatchObject({ name: 'Ann', posts: [{ title: 'mine', author: { name: 'Ann' } }] })
  })

  it('are asked for by name and true, or by more names, and by nothing else', async () => {
    const unchecked: { including(spec: unknown): { list(): Promise<unknown> } } = stores.users
    for (const spec of [
      undefined,
      null,
      true,
      [],
      new Date(),
      { [Symbol('posts')]: true },
      { posts: false },
      { posts: { author: null } },
    ]) {
      await expect(unchecked.including(spec).list()).rejects.toMatchObject({ code: 'invalid-filter', fields: ['include'] })
    }
  })

  it('that bear the name of a field are refused', async () => {
    const confused = new SqlRepository(stores.postgres, users, { relations: { name: hasMany(() => stores.posts, 'authorId') } })
    expect(await failureOf(confused.including({ name: true }).list())).toBeInstanceOf(UnsupportedError)
  })
})
