import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import {
  CheckError,
  ConflictError,
  LockTimeoutError,
  StaleVersionError,
  StatementTimeoutError,
  UnavailableError,
} from '../src/errors/repository-error.ts'
import { runCommandLine } from '../src/migrations/cli/command-line.ts'
import { findNearMiss } from '../src/migrations/cli/near-miss.ts'
import { renderFindings, renderPlan } from '../src/migrations/cli/render-plan.ts'
import { runMigrationCli } from '../src/migrations/cli/run-migration-cli.ts'
import { openTerminal } from '../src/migrations/cli/terminal.ts'
import { postgresMigrationDialect } from '../src/migrations/postgres/postgres-migration-dialect.ts'
import { explainFailure } from '../src/migrations/sql/explain-failure.ts'
import { MigrationError } from '../src/migrations/store/migration-error.ts'
import type { MigrationSources } from '../src/migrations/store/migration-source.ts'
import { createMigrationWorld } from './support/migration-world.ts'
import { sqliteHarness } from './support/sqlite-migrations.ts'

/** Streams that keep what is written, as a pipe or as a terminal. */
function openStreams(isTTY: boolean) {
  const stream = () => Object.assign(new PassThrough(), { isTTY })
  const [stdin, stdout, stderr] = [stream(), stream(), stream()]
  const written = Promise.all([text(stdout), text(stderr)])
  return {
    stdin,
    stdout,
    stderr,
    written: async () => {
      stdout.end()
      stderr.end()
      const [out, error] = await written
      return { out, error }
    },
  }
}

const marked = (style: string, words: string): string => `<${style}>${words}</${style}>`
const plain = (_style: string, words: string): string => words

describe('a word that nobody knows', () => {
  it.each([
    ['satus', 'status'],
    ['sttaus', 'status'],
    ['pu', 'up'],
    ['statuses', 'status'],
    ['STATUS', undefined],
    ['xy', undefined],
    ['', undefined],
  ])('%j was probably %j', (word, meant) => {
    expect(findNearMiss(word, ['status', 'history', 'up', 'generate'])).toBe(meant)
  })

  it('is meant for the nearest of several, and for none where there is none', () => {
    expect(findNearMiss('--from', ['--form', '--frog', '--fro'])).toBe('--form')
    expect(findNearMiss('up', [])).toBeUndefined()
  })
})

describe('a plan', () => {
  it('of one statement after the other says so, leaves out what is not known, and counts one row as one', () => {
    const statements = [
      { text: 'vacuum a' },
      { text: 'alter table a add b int', lock: 'ACCESS EXCLUSIVE on a' },
      { text: 'update a set b = 1', rows: 1 },
      { text: 'analyze a', rows: 0 },
    ]
    const migrations = [{ name: '0001-a', transaction: false, statements, findings: [] }]
    expect(renderPlan({ migrations, afterwards: [] }, { paint: plain, end: ';' })).toBe(
      [
        '-- 0001-a, statement by statement',
        'vacuum a;',
        '-- ACCESS EXCLUSIVE on a',
        'alter table a add b int;',
        '-- about 1 row',
        'update a set b = 1;',
        '-- about 0 rows',
        'analyze a;',
      ].join('\n'),
    )
  })

  it('paints the titles, what is only said and what is wrong; what is run is as it is', () => {
    const finding = { file: '0001-a/up.sql', line: 3, rule: 'drop-table', message: 'loses every row.', advice: '' }
    const migrations = [{ name: '0001-a', transaction: true, statements: [{ text: 'drop table a', rows: 2 }], findings: [finding] }]
    const afterwards = [
      { text: 'create index x on a', lock: 'a: waits' },
      { text: 'index y is left alone', informative: true as const },
    ]
    expect(renderPlan({ migrations, afterwards }, { paint: marked, end: ';' })).toBe(
      [
        '<bold>-- 0001-a, in one transaction</bold>',
        '-- 0001-a/up.sql:3 <red>drop-table</red> loses every row.',
        '<dim>-- about 2 rows</dim>',
        'drop table a;',
        '',
        '<bold>-- after the migrations</bold>',
        '<dim>-- a: waits</dim>',
        'create index x on a',
        '<dim>-- index y is left alone</dim>',
      ].join('\n'),
    )
    expect(renderFindings([{ ...finding, advice: 'Keep it.' }], plain)).toEqual([
      '0001-a/up.sql:3 drop-table loses every row.',
      '  Keep it.',
    ])
  })
})

describe('a terminal', () => {
  it('asks one question after the other, takes lines that were typed ahead, and the end of input for no answer', async () => {
    const streams = openStreams(true)
    const { ask, close } = openTerminal(streams, {})
    streams.stdin.end('  first  \nsecond\n')
    expect([await ask?.('1? '), await ask?.('2? '), await ask?.('3? ')]).toEqual(['first', 'second', ''])
    close()
    const { out, error } = await streams.written()
    expect(out).toBe('')
    for (const question of ['1? ', '2? ', '3? \n']) expect(error).toContain(question)
  })

  it('asks nobody where questions or answers go through a pipe', () => {
    for (const piped of ['stdin', 'stderr'] as const) {
      const streams = openStreams(true)
      const terminal = openTerminal({ ...streams, [piped]: new PassThrough() }, {})
      expect(terminal.ask).toBeUndefined()
      terminal.close()
    }
  })

  it.each([
    [{ FORCE_COLOR: '0' }, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    [{ FORCE_COLOR: '', NO_COLOR: '' }, true],
    [{ TERM: 'dumb' }, false],
  ])('with %j colours: %j', (env, coloured) => {
    const { paint } = openTerminal(openStreams(true), env)
    expect(paint('green', 'x') === 'x').toBe(!coloured)
  })

  it('forgives a reader that has gone, and no other failure of a stream', () => {
    const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() }
    openTerminal(streams, {})
    const failure = (code: string) => Object.assign(new Error(`it failed: ${code}`), { code })
    for (const stream of [streams.stdout, streams.stderr]) {
      expect(() => stream.emit('error', failure('EPIPE'))).not.toThrow()
      expect(() => stream.emit('error', failure('ENOSPC'))).toThrow('it failed: ENOSPC')
    }
  })
})

describe('a command that fails', () => {
  const run = async (failure: unknown, args: readonly string[] = ['status']) => {
    const streams = openStreams(false)
    const program = { name: 'shop', options: [] }
    const code = await runCommandLine({ program, loadSources: () => Promise.reject(failure), args, env: {}, streams })
    return { code, ...(await streams.written()) }
  }

  it.each([
    ['its own words', new MigrationError('0001-a was changed.', { exitCode: 4 }), 4, '0001-a was changed.\n'],
    ['the words of the repository', new UnavailableError('The database cannot be reached.'), 1, 'The database cannot be reached.\n'],
    ['a code alone', Object.assign(new Error('canary-4711'), { code: 'ECONNRESET' }), 1, 'The command failed (ECONNRESET).\n'],
    ['nothing', new Error('canary-4711'), 1, 'The command failed.\n'],
    ['nothing of what is no error', 'canary-4711', 1, 'The command failed.\n'],
  ])('tells %s', async (_what, failure, code, error) => {
    expect(await run(failure)).toEqual({ code, out: '', error })
  })

  it('is a document for --json, with the words for people beside it', async () => {
    const { code, out, error } = await run(new MigrationError('Another run holds the lock.', { exitCode: 3 }), ['status', '--json'])
    expect({ code, error }).toEqual({ code: 3, error: 'Another run holds the lock.\n' })
    expect(JSON.parse(out)).toEqual({ exitCode: 3, error: 'Another run holds the lock.' })
  })

  it('tells every word where no database is asked', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'migration-output-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = path.join(folder, 'a-file')
    await writeFile(file, '')
    const streams = openStreams(false)
    const sources: MigrationSources = { mongo: { folder: path.join(file, 'below'), collections: [] } }
    const program = { name: 'shop', options: [] }
    const loadSources = () => Promise.resolve(sources)
    expect(await runCommandLine({ program, loadSources, args: ['generate', 'x'], env: {}, streams })).toBe(1)
    expect((await streams.written()).error).toMatch(/^(?:ENOTDIR|EEXIST).*a-file/u)
  })
})

describe('the command line of one service', () => {
  const exitCode = process.exitCode
  afterEach(() => {
    process.exitCode = exitCode
  })

  it('runs a command on the database of the environment, and ends with its exit code', async () => {
    const world = await createMigrationWorld(sqliteHarness, { '0001-people': { up: 'create table people (id integer primary key)' } })
    const sources = { sqlite: { folder: world.folder } }
    const run = async (args: readonly string[], env: Readonly<Record<string, string>> = { DATABASE_URL: world.url }) => {
      const streams = openStreams(false)
      await runMigrationCli(sources, args, env, streams)
      return { code: process.exitCode, ...(await streams.written()) }
    }
    expect(await run(['status'])).toMatchObject({ code: 2, out: expect.stringContaining('1 pending.') })
    expect(await run(['up'])).toMatchObject({ code: 0, out: 'Applied 0001-people; 0 pending.\n' })
    expect(await world.sql("select name from sqlite_schema where name = 'people'")).toHaveLength(1)
    expect(await run(['statu'])).toMatchObject({ code: 64, error: expect.stringContaining('usage: migrate') })
    const named = await run(['up'], { POLYSTORE_PROGRAM: 'pnpm db shop' })
    expect(named).toMatchObject({ code: 64, error: expect.stringMatching(/^DATABASE_URL is not set.*usage: pnpm db shop /su) })
  })

  it('writes to the streams of its process when it is given none', async () => {
    const cli = new URL('../src/migrations/cli/run-migration-cli.ts', import.meta.url)
    const program = `
      const { runMigrationCli } = await import('${cli.href}')
      await runMigrationCli({ sqlite: { folder: '/nowhere' } }, process.argv.slice(1), {})`
    const run = (...args: string[]) => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, ...args])
    expect((await run('status', '--help')).stdout).toContain('usage: migrate status')
  })
})

describe('a failure of a statement', () => {
  const server = (message: string, code: unknown) => Object.assign(new Error(message), { code })
  const explain = (error: unknown) => explainFailure(error, postgresMigrationDialect)

  it.each([
    ['a lock', new LockTimeoutError('Not in time.'), 'Not in time. Find what holds the table, let it end, and run again.'],
    ['a time-out', new StatementTimeoutError('Too long.'), 'Too long. Make it smaller steps, or raise the time-out in the file itself.'],
    ['a lost connection', new UnavailableError('Gone.'), 'Gone. Run again: the next run continues from what is recorded.'],
    ['its own refusal', new MigrationError('The index a came out invalid.'), 'The index a came out invalid.'],
    ['what is no error', 'canary-4711', 'unknown error'],
  ])('is explained: %s', (_what, error, words) => {
    expect(explain(error)).toBe(words)
  })

  it("tells the server's words where they speak of structure, and hides them where they quote rows", () => {
    const structure = server('relation "a" does not exist', '42P01')
    expect(explain(new StaleVersionError('Failed.', { cause: structure }))).toBe('relation "a" does not exist (42P01)')
    for (const code of ['22P02', '23505', 'P0001', '38000', '39000', 'XX000']) {
      const quoting = server('the value canary-4711 is there', code)
      expect(explain(new StaleVersionError('Failed.', { cause: quoting }))).toBe(`Failed. (${code})`)
    }
  })

  it('names the constraint and what to do about the rows, with the code where there is one', () => {
    const duplicate = server('Key (email)=(canary-4711) is duplicated.', '23505')
    expect(explain(new ConflictError('A row exists already.', { constraint: 'a_email_key', cause: duplicate }))).toBe(
      'A row exists already. It is about a_email_key. Find and mend the rows that break it, then run again. (23505)',
    )
    expect(explain(new CheckError('A row breaks a rule.', { cause: server('canary-4711', 7) }))).toBe(
      'A row breaks a rule. Find and mend the rows that break it, then run again.',
    )
    expect(explain(new StaleVersionError('Failed.'))).toBe('Failed.')
    expect(explain(new StaleVersionError('Failed.', { cause: 'canary-4711' }))).toBe('Failed.')
  })
})
