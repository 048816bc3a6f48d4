import { createMysqlDatabase, createPostgresDatabase, type TestDatabase } from '@polystore/testing'
import fc from 'fast-check'
import { createConnection, type Connection } from 'mysql2/promise'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { normalisedStatement, splitStatements } from '../src/migrations/files/split-statements.ts'
import { sqlTokens, type SqlDialect } from '../src/migrations/files/sql-tokens.ts'

function textsOf(sql: string, dialect: SqlDialect): string[] {
  return splitStatements(sql, dialect).map(({ text }) => text)
}

describe('statements of every dialect', () => {
  const dialects: readonly SqlDialect[] = ['postgres', 'mysql', 'sqlite']

  it.each(dialects)('on %s have the line where they begin and the comments before them', (dialect) => {
    const sql = `-- transaction: off\n\n/* about\nusers */ SELECT 1; -- not of the next\n;;\n-- repeat\r\nUPDATE a\n  -- inside\n  SET b = 1;\n--> statement-breakpoint\nSELECT 2\n--> statement-breakpoint\nSELECT 3 -- end`
    expect(splitStatements(sql, dialect)).toEqual([
      { text: 'SELECT 1', line: 4, comments: ['transaction: off', 'about\nusers'] },
      { text: 'UPDATE a\n  -- inside\n  SET b = 1', line: 7, comments: ['repeat'] },
      { text: 'SELECT 2', line: 11, comments: [] },
      { text: 'SELECT 3', line: 13, comments: [] },
    ])
  })

  it.each(dialects)('on %s are none in a file of blanks, comments and semicolons', (dialect) => {
    expect(splitStatements('\uFEFF \n; -- nothing\n;/* ; */ ;', dialect)).toEqual([])
  })

  it.each(dialects)('on %s may hold megabytes in one string', (dialect) => {
    const big = `SELECT '${"x;''".repeat(500_000)}'`
    expect(textsOf(`${big};SELECT 2`, dialect)).toEqual([big, 'SELECT 2'])
  })

  it.each(dialects)('on %s are refused with their line when a quote or a comment has no end', (dialect) => {
    for (const open of ["'a", '"a', "'a''", '/* a'])
      expect(() => splitStatements(`SELECT 1;\n\nSELECT ${open}; SELECT 2`, dialect), open).toThrow(
        /^Line 3: the (?:quote|comment) that begins here/,
      )
  })

  it.each(dialects)('on %s keep their normal form whatever the layout', (dialect) => {
    const one = `SELECT 'a  --  b'\n\t, "c  d" -- why\n FROM  e /* f */ WHERE g`
    const other = `SELECT 'a  --  b' , "c  d" FROM e WHERE g`
    expect(normalisedStatement(one, dialect)).toBe(normalisedStatement(other, dialect))
    expect(normalisedStatement(one, dialect)).not.toBe(normalisedStatement(other.replace('a  --', 'a --'), dialect))
    expect(normalisedStatement('a/**/b', dialect)).toBe('a b')
  })
})

describe('statements of one dialect', () => {
  const wholes: readonly (readonly [SqlDialect, string])[] = [
    ['postgres', `SELECT $a$ ; $b$ ; $$ ; $a$, a$b$, 1`],
    ['postgres', `SELECT E'\\'; ', e'a'\n  'it\\'s;', U&'\\;', "a;""b"`],
    ['postgres', `SELECT 1 /* a /* ; */ ; */ + 1`],
    ['postgres', `CREATE RULE r AS ON INSERT TO a DO ALSO (INSERT INTO b VALUES (1); DELETE FROM c)`],
    ['postgres', `CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END`],
    ['postgres', `CREATE FUNCTION f() RETURNS int AS $$ BEGIN RETURN 1; END $$ LANGUAGE plpgsql`],
    ['mysql', `SELECT 'a\\'; b', "c\\"; d", \`e;\`\`f\`, 1--1`],
    ['mysql', `/*!50003 CREATE TABLE a (b int); */`],
    ['mysql', `SELECT 1 # a ; b\n + 1 -- c ; d\n + 1`],
    [
      'mysql',
      `CREATE DEFINER = app@host PROCEDURE p() BEGIN IF 1 THEN SELECT CASE WHEN 1 THEN 2 END; END IF; WHILE 0 DO SELECT 1; END WHILE; END`,
    ],
    [
      'mysql',
      `CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN CASE NEW.b WHEN 1 THEN SET @x = 1; END CASE; BEGIN SET @y = 2; END; END`,
    ],
    ['mysql', `BEGIN NOT ATOMIC SELECT 1; SELECT 2; END`],
    ['sqlite', `CREATE TEMP TRIGGER t AFTER UPDATE ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; DELETE FROM d; END`],
    ['sqlite', `SELECT [a;b], \`c;d\`, "e;f", /* ; /* */ 'g;''h'`],
  ]

  it.each(wholes)('on %s: %s is one', (dialect, sql) => {
    expect(textsOf(`SELECT 0; ${sql}; SELECT 9`, dialect)).toEqual(['SELECT 0', sql, 'SELECT 9'])
  })

  it.each([
    ['mysql', "SELECT 'a'; BEGIN; SELECT 1; COMMIT", 4],
    ['postgres', "SELECT 'a\\'; SELECT 2 --'", 2],
    ['sqlite', "SELECT 'a\\'; SELECT 2 --'", 2],
    ['mysql', "SELECT 'a\\'; SELECT 2 --'", 1],
    ['postgres', '-- a\rSELECT 1; SELECT 2', 2],
    ['postgres', 'SELECT 1 # 2; SELECT 2', 2],
    ['sqlite', 'CREATE TABLE trigger_end (a); SELECT 1', 2],
    ['mysql', 'CREATE TABLE a (event int, begin_at int); SELECT 1', 2],
  ] as const)('on %s: %s is %i', (dialect, sql, count) => {
    expect(splitStatements(sql, dialect)).toHaveLength(count)
  })

  it('DELIMITER of the mysql client is refused with words', () => {
    expect(() => splitStatements('SELECT 1;\nDELIMITER //\nSELECT 2//', 'mysql')).toThrow(
      'Line 2: DELIMITER is a command of the mysql client and not SQL; leave it out and end each routine by END and a semicolon.',
    )
  })
})

/** Pieces whose quotes and comments stand in one another's way. */
const inside = fc.string({
  unit: fc.constantFrom(
    ';',
    "'",
    '"',
    '`',
    '$',
    '$$',
    '$a$',
    '--',
    '/*',
    '*/',
    '\\',
    '\n',
    '\r',
    ' ',
    'a',
    'E',
    '1',
    '[',
    ']',
    '#',
    '(',
    ')',
  ),
})

/** Nothing that begins or ends a comment; to take marks out could bring new ones together. */
const withoutMarks = (text: string): string => text.replaceAll('/*', '/ *').replaceAll('*/', '* /')

const quoted: Readonly<Record<SqlDialect, fc.Arbitrary<string>>> = {
  postgres: fc.oneof(
    inside.map((text) => `'${text.replaceAll("'", "''")}'`),
    inside.map((text) => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`),
    inside.map((text) => `$tag$${text}$tag$`),
    inside.map((text) => `$$${text.replaceAll('$', '')}$$`),
    inside.map((text) => `'x' AS "a${text.replaceAll('"', '""')}"`),
    inside.map((text) => `1 /* ${withoutMarks(text)} /* ; */ */`),
    inside.map((text) => `1 --${text.replaceAll(/[\n\r]/g, '')}\n`),
  ),
  mysql: fc.oneof(
    inside.map((text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`),
    inside.map((text) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '""')}"`),
    inside.map((text) => `1 AS \`a${text.replaceAll('`', '``')}\``),
    inside.map((text) => `1 #${text.replaceAll('\n', '')}\n`),
    inside.map((text) => `1 -- ${text.replaceAll('\n', '')}\n`),
    inside.map((text) => `1 /* ${withoutMarks(text)} */`),
  ),
  sqlite: fc.oneof(
    inside.map((text) => `'${text.replaceAll("'", "''")}'`),
    inside.map((text) => `1 AS "a${text.replaceAll('"', '""')}"`),
    inside.map((text) => `1 AS [a${text.replaceAll(']', '')}]`),
    inside.map((text) => `1 AS \`a${text.replaceAll('`', '``')}\``),
    inside.map((text) => `1 --${text.replaceAll('\n', '')}\n`),
    inside.map((text) => `1 /*${withoutMarks(text)} */`),
  ),
}

describe('statements full of nested quotes', () => {
  it.each(['postgres', 'mysql', 'sqlite'] as const)('on %s come apart as they were put together', (dialect) => {
    const statement = fc.array(quoted[dialect], { minLength: 1, maxLength: 4 }).map((parts) => `SELECT ${parts.join(', ')}, 0`)
    fc.assert(
      fc.property(
        fc.array(statement, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(';', ' ;\n', '\n--> statement-breakpoint\n', ';;'),
        (whole, separator) => {
          expect(textsOf(whole.join(separator), dialect)).toEqual(whole)
          for (const sql of whole)
            expect(normalisedStatement(normalisedStatement(sql, dialect), dialect)).toBe(normalisedStatement(sql, dialect))
        },
      ),
      { numRuns: 400 },
    )
  })

  it.each(['postgres', 'mysql', 'sqlite'] as const)('on %s: any text is tokens and blanks, or refused with words', (dialect) => {
    fc.assert(
      fc.property(inside, (sql) => {
        let tokens
        try {
          tokens = sqlTokens(sql, dialect)
        } catch (error) {
          expect(String(error)).toMatch(/Line \d+: the (?:quote|comment) that begins here is not closed/)
          return
        }
        let rest = sql
        for (const { text } of tokens.toReversed())
          rest = rest.slice(0, rest.lastIndexOf(text)) + rest.slice(rest.lastIndexOf(text) + text.length)
        expect(rest.trim()).toBe('')
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the server of PostgreSQL', () => {
  let database: TestDatabase
  let sql: postgres.Sql
  beforeAll(async () => {
    database = await createPostgresDatabase()
    sql = postgres(database.url, { max: 1, onnotice: () => {} })
  })
  afterAll(async () => {
    await sql.end()
    await database.drop()
  })

  /** The values that the statements answer, one list for each; words for a refusal. */
  async function answersTo(texts: readonly string[]): Promise<unknown> {
    const answers: unknown[] = []
    try {
      for (const text of texts) {
        const result: unknown = await sql.unsafe(text).simple().values()
        answers.push(...(texts.length === 1 ? several(result) : [result]))
      }
      return JSON.stringify(answers.filter((answer) => !Array.isArray(answer) || answer.length > 0))
    } catch {
      return 'refused'
    }
  }

  /** One result of one statement, or a list of them. */
  function several(result: unknown): unknown[] {
    return Array.isArray(result) && Array.isArray(result[0]) && Array.isArray(result[0][0]) ? result : [result]
  }

  it('answers the pieces as it answers the whole', async () => {
    const numRuns = Number(process.env['FUZZ_RUNS'] ?? 500)
    let answered = 0
    const statement = fc
      .array(fc.oneof({ weight: 4, arbitrary: quoted.postgres }, { weight: 1, arbitrary: inside }), { minLength: 1, maxLength: 3 })
      .map((parts) => `SELECT ${parts.join(', ')}`)
    await fc.assert(
      fc.asyncProperty(fc.array(statement, { minLength: 1, maxLength: 3 }), async (statements) => {
        const whole = statements.join(';')
        let pieces: string[]
        try {
          pieces = textsOf(whole, 'postgres')
        } catch {
          expect(await answersTo([whole])).toBe('refused')
          return
        }
        const answers = await answersTo([whole])
        if (answers !== 'refused') answered++
        if (pieces.length > 0) expect(await answersTo(pieces)).toEqual(answers)
      }),
      { numRuns },
    )
    expect(answered).toBeGreaterThan(numRuns / 10)
  })
})

describe('the server of MySQL', () => {
  let database: TestDatabase
  let connection: Connection
  beforeAll(async () => {
    database = await createMysqlDatabase()
    connection = await createConnection({ uri: database.url, multipleStatements: true, rowsAsArray: true })
  })
  afterAll(async () => {
    await connection.end()
    await database.drop()
  })

  async function answersTo(texts: readonly string[]): Promise<string> {
    const answers: unknown[] = []
    try {
      for (const text of texts) answers.push((await connection.query(text))[0])
      // Rows alone: a comment that stands last is answered too, by nothing.
      return JSON.stringify(answers.flat(Infinity).filter((answer) => answer === null || typeof answer !== 'object'))
    } catch {
      return 'refused'
    }
  }

  it('answers the pieces as it answers the whole', async () => {
    const numRuns = Number(process.env['FUZZ_RUNS'] ?? 500)
    let answered = 0
    const statement = fc
      .array(fc.oneof({ weight: 4, arbitrary: quoted.mysql }, { weight: 1, arbitrary: inside }), { minLength: 1, maxLength: 3 })
      .map((parts) => `SELECT ${parts.join(', ')}`)
    await fc.assert(
      fc.asyncProperty(fc.array(statement, { minLength: 1, maxLength: 3 }), async (statements) => {
        const whole = statements.join(';')
        const answers = await answersTo([whole])
        // An empty statement, which this server refuses, is none of the pieces.
        if (answers === 'refused') return
        answered++
        expect(await answersTo(textsOf(whole, 'mysql'))).toBe(answers)
      }),
      { numRuns },
    )
    expect(answered).toBeGreaterThan(numRuns / 10)
  })
})
