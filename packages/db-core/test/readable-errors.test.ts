import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, it } from 'vitest'

const packageDir = fileURLToPath(new URL('..', import.meta.url))
const compiler = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url))

/** A program with repositories of both kinds; each mistake is a line of its own. */
const program = `
import { integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { z } from 'zod'
import { hasMany, type ToMany } from '../../src/index.ts'
import { defineCollection, MongoRepository, uuidKey as documentKey, versioned as documentVersion } from '../../src/mongo/index.ts'
import { softDelete, SqlRepository, tenantScope, timestamps, uuidKey, versioned } from '../../src/sql/index.ts'

const users = pgTable('users', { ...uuidKey(), email: text('email').notNull(), age: integer('age'), ...timestamps(), ...softDelete(), ...versioned(), ...tenantScope() })
const posts = pgTable('posts', { ...uuidKey(), userId: uuid('user_id'), title: text('title').notNull(), ...timestamps() })
class PostRepository extends SqlRepository<typeof posts> {}
type UserRelations = { readonly posts: ToMany<PostRepository> }
class UserRepository extends SqlRepository<typeof users, UserRelations> {}
const things = defineCollection({ name: 'things', schema: z.object({ ...documentKey(), name: z.string(), rank: z.int(), ...documentVersion() }) })
class ThingRepository extends MongoRepository<typeof things> {}
declare const sql: UserRepository
declare const mongo: ThingRepository
declare const related: () => PostRepository
`

/** What is wrong, and what the compiler must say of it. */
const mistakes: Readonly<Record<string, string>> = {
  "void sql.list({ where: { colour: { eq: 'red' } } })": "'colour'",
  "void sql.list({ where: { email: { like: 'a%' } } })": "'like'",
  "void sql.list({ where: { age: { eq: '1' } } })": "'string' is not assignable to type 'number'",
  "void sql.list({ where: { email: 'a' } })": "'TextConditions'",
  "void sql.list({ orderBy: [{ field: 'colour', direction: 'asc' }] })": '"colour"',
  'void sql.list({ where: { exists: { comments: {} } } })': "'comments'",
  'void sql.list({ where: { exists: { posts: { colour: { eq: 1 } } } } })': "'colour'",
  'sql.including({ comments: true })': "'comments'",
  "sql.selecting(['colour'])": '"colour"',
  "void sql.selecting(['email']).get('a').then((row) => row.age)": "'age'",
  "void sql.create({ email: 'a', version: 2 })": "'version'",
  "void sql.create({ email: 'a', tenantId: 'b' })": "'tenantId'",
  'void sql.create({ age: 1 })': "'email'",
  "void sql.update('a', { colour: 'b' })": "'colour'",
  "void sql.update('a', { id: 'b' })": "'id'",
  "void sql.upsert({ email: 'a' }, ['colour'])": '"colour"',
  'void sql.find(5)': "'number' is not assignable to parameter of type 'string'",
  "void mongo.list({ where: { colour: { eq: 'red' } } })": "'colour'",
  "void mongo.create({ name: 'a' })": "'rank'",
  "void mongo.create({ name: 'a', rank: 1, version: 2 })": "'version'",
  "void mongo.update('a', { rank: 'b' })": "'string' is not assignable to type 'number'",
  "hasMany(related, 'colour')": '"colour"',
}

const longest = 420
const lines = Object.keys(mistakes)
const firstLine = program.split('\n').length
let complaints = new Map<number, string>()

async function compile(): Promise<Map<number, string>> {
  await mkdir(path.join(packageDir, '.results'), { recursive: true })
  const folder = await mkdtemp(path.join(packageDir, '.results', 'types-'))
  try {
    await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', include: ['wrong.ts'] }))
    await writeFile(path.join(folder, 'wrong.ts'), program + lines.join('\n'))
    const output = await new Promise<string>((resolve) =>
      execFile(process.execPath, [compiler, '-p', folder], (_error, stdout) => resolve(stdout)),
    )
    return new Map([...output.matchAll(/wrong\.ts\((\d+),\d+\): error (.*)/g)].map(([, line, text = '']) => [Number(line), text]))
  } finally {
    await rm(folder, { recursive: true })
  }
}

beforeAll(async () => {
  complaints = await compile()
}, 120_000)

it('the program itself has no mistake', () => {
  expect([...complaints].filter(([line]) => line < firstLine)).toEqual([])
})

it.each(lines.map((line, place) => ({ line, place })))(
  '$line does not compile, and the message is short and names the mistake',
  ({ line, place }) => {
    const complaint = complaints.get(firstLine + place) ?? ''
    expect(complaint).toContain(mistakes[line])
    expect(complaint.length).toBeLessThanOrEqual(longest)
    expect(complaint).not.toMatch(/PgColumn|PgTableWithColumns|ZodObject/)
  },
)
