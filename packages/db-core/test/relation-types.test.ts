import { integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import type { MemoryDatabase } from '../src/memory/index.ts'
import { memoryRepository, MemoryRepository } from '../src/memory/index.ts'
import { defineCollection, MongoRepository, uuidKey, type MongoDatabase } from '../src/mongo/index.ts'
import { belongsTo, hasMany, hasOne, manyToMany, type ToMany, type ToOne } from '../src/relations/relation.ts'
import { SqlRepository, type PostgresDatabase, type RowOf } from '../src/sql/index.ts'

const users = pgTable('users', { id: uuid('id').primaryKey(), name: text('name').notNull(), age: integer('age') })
const posts = pgTable('posts', { id: uuid('id').primaryKey(), authorId: uuid('author_id'), title: text('title').notNull() })
const likes = pgTable('likes', { id: uuid('id').primaryKey(), userId: uuid('user_id').notNull(), postId: uuid('post_id').notNull() })
const visits = defineCollection({ name: 'visits', schema: z.object({ ...uuidKey(), userId: z.string(), page: z.string() }) })

type UserRow = RowOf<typeof users>
type PostRow = RowOf<typeof posts>

// Two classes that name each other, one of them twice.
type UserRelations = {
  readonly posts: ToMany<PostRepository>
  readonly liked: ToMany<PostRepository>
  readonly visits: ToMany<VisitRepository>
}
type PostRelations = { readonly author: ToOne<UserRepository> }
type VisitRelations = { readonly user: ToOne<UserRepository> }

interface Others {
  readonly users: UserRepository
  readonly posts: PostRepository
  readonly likes: SqlRepository<typeof likes>
  readonly visits: VisitRepository
}

class UserRepository extends SqlRepository<typeof users, UserRelations> {
  constructor(database: PostgresDatabase, others: Others) {
    super(database, users, {
      searchFields: ['name'],
      relations: {
        posts: hasMany(() => others.posts, 'authorId', { orderBy: [{ field: 'title', direction: 'asc' }] }),
        liked: manyToMany(() => others.posts, { reader: () => others.likes, field: 'userId', throughField: 'postId' }),
        visits: hasMany(() => others.visits, 'userId'),
      },
    })
  }
}

class PostRepository extends SqlRepository<typeof posts, PostRelations> {
  constructor(database: PostgresDatabase, others: Others) {
    super(database, posts, { relations: { author: belongsTo(() => others.users, 'authorId') } })
  }
}

class VisitRepository extends MongoRepository<typeof visits, VisitRelations> {
  constructor(database: MongoDatabase, others: Others) {
    super(database, visits, { relations: { user: belongsTo(() => others.users, 'userId') } })
  }
}

class UserDouble extends MemoryRepository<typeof users, { readonly posts: ToMany<PostRepository> }> {
  constructor(database: MemoryDatabase, others: Others) {
    super(database, users, { relations: { posts: hasMany(() => others.posts, 'authorId') } })
  }
}

declare const sql: PostgresDatabase
declare const memory: MemoryDatabase
declare const others: Others
declare const double: UserDouble

// Every line is checked by the compiler; nothing here needs to run.
it('what is included follows from the classes that relations lead to, across stores', () => {
  expectTypeOf<UserRepository>().toExtend<SqlRepository<typeof users, UserRelations>>()
  expectTypeOf<typeof VisitRepository>().instance.toExtend<MongoRepository<typeof visits, VisitRelations>>()
  expectTypeOf<typeof UserDouble>().instance.toHaveProperty('including')
})

export async function answers(): Promise<void> {
  const user = await others.users.including({ posts: { author: { visits: true } }, liked: true }).get('a')
  expectTypeOf(user.name).toEqualTypeOf<string>()
  expectTypeOf(user.posts[0]?.author?.visits[0]?.page).toEqualTypeOf<string | undefined>()
  expectTypeOf(user.liked).toEqualTypeOf<PostRow[]>()
  const visit = await others.visits.including({ user: { posts: true } }).find('a')
  expectTypeOf(visit?.user?.posts).toEqualTypeOf<PostRow[] | undefined>()
  const page = await others.posts.including({ author: true }).seek()
  expectTypeOf(page.items[0]?.author).toEqualTypeOf<UserRow | null | undefined>()
  const doubled = await double.including({ posts: { author: true } }).list()
  expectTypeOf(doubled[0]?.posts[0]?.author).toEqualTypeOf<UserRow | null | undefined>()
  await others.users.count({ exists: { posts: { exists: { author: { age: { gt: 18 } } } }, visits: { page: { eq: '/' } } } })
}

export function inferred(): void {
  const post = memoryRepository(memory, posts, { relations: { author: belongsTo(() => others.users, 'authorId') } })
  expectTypeOf(post.including({ author: { posts: true } }).get('a'))
    .resolves.toHaveProperty('author')
    .toEqualTypeOf<(UserRow & { readonly posts: PostRow[] }) | null>()
}

export async function refusedNames(): Promise<void> {
  // @ts-expect-error an unknown relation
  others.users.including({ comments: true })
  // @ts-expect-error an unknown relation beside a known one
  others.users.including({ posts: true, comments: true })
  // @ts-expect-error an unknown relation of a relation
  others.users.including({ posts: { comments: true } })
  // @ts-expect-error a relation is loaded or left out
  others.users.including({ posts: undefined })
  // @ts-expect-error an unknown relation in a filter
  await others.users.count({ exists: { comments: {} } })
  // @ts-expect-error an unknown field of another store's rows
  await others.users.count({ exists: { visits: { path: { eq: '/' } } } })
  const post = await others.posts.including({ author: true }).get('a')
  // @ts-expect-error a relation to one may lead nowhere
  void post.author.name
  // @ts-expect-error what was not asked for is not there
  void post.author?.posts
}

export const refusedRepositories = [
  () =>
    new SqlRepository<typeof posts, PostRelations>(sql, posts, {
      // @ts-expect-error the field is none of this table
      relations: { author: belongsTo(() => others.users, 'writerId') },
    }),
  () =>
    new SqlRepository<typeof users, { readonly posts: ToMany<PostRepository> }>(sql, users, {
      // @ts-expect-error the field is none of the target
      relations: { posts: hasMany(() => others.posts, 'writerId') },
    }),
  () =>
    new SqlRepository<typeof users, { readonly posts: ToMany<PostRepository> }>(sql, users, {
      // @ts-expect-error one is not many
      relations: { posts: hasOne(() => others.posts, 'authorId') },
    }),
  // @ts-expect-error a relation that was declared is missing
  () => new SqlRepository<typeof posts, PostRelations>(sql, posts, { relations: {} }),
  // @ts-expect-error a field that is no text is not searched in
  () => memoryRepository(memory, users, { searchFields: ['age'] }),
  // @ts-expect-error an order by a field that the target does not have
  () => hasMany(() => others.posts, 'authorId', { orderBy: [{ field: 'rank', direction: 'asc' }] }),
  // @ts-expect-error the field between does not exist
  () => manyToMany(() => others.posts, { reader: () => others.likes, field: 'userId', throughField: 'articleId' }),
]
