import { createMysqlDatabase, createPostgresDatabase, type TestDatabase } from '@polystore/testing'
import { createConnection, type Connection } from 'mysql2/promise'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { splitStatements } from '../src/migrations/files/split-statements.ts'
import { accepted } from './support/accepted-migrations.ts'
import { earlier, refused } from './support/refused-migrations.ts'

const rewriting = ['change-column-type', 'volatile-default', 'rewriting-column']

describe('PostgreSQL', () => {
  let database: TestDatabase
  let sql: postgres.Sql
  const notices: string[] = []
  beforeAll(async () => {
    database = await createPostgresDatabase()
    sql = postgres(database.url, { max: 1, onnotice: ({ message }) => void notices.push(message ?? '') })
    await sql.unsafe(earlier.postgres)
    await sql.unsafe(`insert into users (id, email, phone) values (gen_random_uuid(), 'a', '1')`)
  })
  afterAll(async () => {
    await sql.end()
    await database.drop()
  })

  /** Which file the rows of `users` and of its indexes lie in; another one after all was written again. */
  async function filesAfter(text: string): Promise<{ before: unknown; after: unknown }> {
    let [before, after]: [unknown, unknown] = [undefined, undefined]
    const query = `select c.relname, pg_relation_filenode(c.oid) from pg_class c left join pg_index i on i.indexrelid = c.oid
      where c.oid = 'users'::regclass or i.indrelid = 'users'::regclass order by 1`
    const undone = sql.begin(async (tx) => {
      await tx.unsafe('create index users_phone_now on users (phone)')
      before = await tx.unsafe(query)
      await tx.unsafe(text)
      after = await tx.unsafe(query)
      throw new Error('take everything back')
    })
    await expect(undone, text).rejects.toThrow('take everything back')
    return { before, after }
  }

  const rewritten = rewriting.flatMap((rule) => refused[rule]?.postgres ?? []).filter((text) => !text.includes('unknown'))
  const kept = rewriting.flatMap((rule) => accepted[rule]?.postgres ?? [])

  it.each(rewritten)('writes the table or its indexes again for %s', async (text) => {
    const { before, after } = await filesAfter(text)
    expect(after).not.toEqual(before)
  })

  it.each(kept)('writes nothing again for %s', async (text) => {
    const [server] = await sql<{ version: number }[]>`select current_setting('server_version_num')::int as version`
    // PostgreSQL before 18 computes stored columns only.
    if (text.endsWith('VIRTUAL') && Number(server?.version) < 180_000) return expect(sql.unsafe(text)).rejects.toThrow('syntax error')
    const { before, after } = await filesAfter(text)
    expect(after).toEqual(before)
  })

  it('looks at no row for a NOT NULL that a validated check proves', async () => {
    const proofs = (accepted['set-not-null']?.postgres ?? []).filter((text) => text.includes('phone SET NOT NULL'))
    for (const text of proofs) {
      notices.length = 0
      await filesAfter(`set local client_min_messages = debug1; ${text}`)
      expect(notices.join('\n'), text).toContain('are sufficient to prove that it does not contain nulls')
    }
    expect(proofs.length).toBeGreaterThan(0)
  })

  it('looks up nothing for a foreign key of a new column without default', async () => {
    notices.length = 0
    await filesAfter('set local client_min_messages = debug1; alter table notes add column owner uuid references users (id)')
    expect(notices.join('\n')).not.toContain('validating foreign key')
    await filesAfter('set local client_min_messages = debug1; alter table notes add foreign key (user_id) references users (id)')
    expect(notices.join('\n')).toContain('validating foreign key')
  })
})

describe('MySQL or MariaDB', () => {
  let database: TestDatabase
  let connection: Connection
  beforeAll(async () => {
    database = await createMysqlDatabase()
    connection = await createConnection(database.url)
  })
  afterAll(async () => {
    await connection.end()
    await database.drop()
  })

  /** Whether the server does it while others write; on tables made anew. */
  async function isOnline(text: string): Promise<boolean> {
    await connection.query('drop view if exists people')
    await connection.query('drop table if exists users, notes')
    for (const statement of splitStatements(earlier.mysql, 'mysql')) await connection.query(statement.text)
    await connection.query('set foreign_key_checks = 1')
    try {
      await connection.query(`${text}${text.includes('LOCK=NONE') ? '' : ', LOCK=NONE'}`)
      return true
    } catch (error) {
      expect(String(error), text).toMatch(/LOCK=NONE is not supported|ALGORITHM=\w+ is not supported|LOCK=NONE\/\w+ is not supported/)
      return false
    }
  }

  const blocking = ['change-column-type', 'check-not-valid', 'foreign-key-not-valid', 'rewriting-column', 'volatile-default']

  it.each(blocking.flatMap((rule) => refused[rule]?.mysql ?? []))('blocks writers for %s', async (text) => {
    expect(await isOnline(text)).toBe(false)
  })

  it.each(['change-column-type', 'rewriting-column', 'set-not-null'].flatMap((rule) => accepted[rule]?.mysql ?? []))(
    'goes on while others write for %s',
    async (text) => {
      expect(await isOnline(text)).toBe(true)
    },
  )
})
