import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { commandNames, commandTable } from '../src/migrations/cli/command-table.ts'
import { loadConfig } from '../src/migrations/cli/load-config.ts'
import { renderHistory } from '../src/migrations/cli/render-history.ts'
import { renderPlan } from '../src/migrations/cli/render-plan.ts'
import { renderStatus } from '../src/migrations/cli/render-status.ts'
import { alignRows } from '../src/migrations/cli/table.ts'
import { openTerminal } from '../src/migrations/cli/terminal.ts'
import { runCli } from './support/cli-run.ts'

const sources = { postgres: { folder: '/nowhere' } }
const plain = (_style: string, text: string): string => text

describe('arguments', () => {
  it.each([
    [[], 'A command is missing.'],
    [['statsu'], 'There is no command statsu. Did you mean status?'],
    [['generat', 'x'], 'There is no command generat. Did you mean generate?'],
    [['migrate'], 'There is no command migrate.'],
    [['up', '--jsno'], 'up has no option --jsno. Did you mean --json?'],
    [['up', '--allow-drop=users'], 'up has no option --allow-drop.'],
    [['status', '-v'], 'status has no option -v.'],
    [['up', '1', '2'], 'up takes one argument; 2 is too much.'],
    [['status', '1'], 'status takes no argument; 1 is too much.'],
    [['generate'], 'generate needs name: what it does, such as add-phone-number; the number comes by itself.'],
    [['generate', 'x', '--rename'], '--rename needs a value: --rename=<old:new>.'],
    [['generate', 'x', '--rename', '--blank'], '--rename needs a value: --rename=<old:new>.'],
    [['generate', 'x', '--store', 'a', '--store', 'b'], '--store is given twice.'],
    [['up', '--dry-run=yes'], '--dry-run takes no value.'],
    [['history', '--limit', 'all'], '--limit needs a number; all is none.'],
    [['status'], 'DATABASE_URL is not set: it holds the URL of the database.'],
  ])('%j is refused with 64, a reason and the usage of that command', async (args, reason) => {
    const env: Record<string, string> = args.includes('--limit') ? { DATABASE_URL: 'postgres://127.0.0.1:1/none' } : {}
    const { code, out, error } = await runCli(sources, args, { env })
    expect({ code, out, reason: error.split('\n')[0] }).toEqual({ code: 64, out: '', reason })
    const known = commandNames.find((name) => name === args[0] && args.length > 1)
    expect(error).toContain(known === undefined ? 'usage: pnpm db shop' : `usage: pnpm db shop ${known}`)
  })

  it.each(commandNames)('%s --help tells its argument, its options and its exit codes', async (name) => {
    const { code, out, error } = await runCli(sources, [name, '--help'])
    expect({ code, error }).toEqual({ code: 0, error: '' })
    expect(out).toContain(`usage: pnpm db shop ${name}`)
    for (const option of [...commandTable[name].options, { name: 'json' }]) expect(out).toContain(`--${option.name}`)
    expect(out).toContain(commandTable[name].exitCodes)
  })

  it('--help alone lists all commands', async () => {
    for (const args of [['--help'], ['-h']]) {
      const { code, out } = await runCli(sources, args)
      expect(code).toBe(0)
      for (const name of commandNames) expect(out).toMatch(new RegExp(`^  ${name} `, 'mu'))
    }
  })

  it('with --json a refusal is a document as well', async () => {
    const { code, out, error } = await runCli(sources, ['status', '--json', 'x'])
    expect(JSON.parse(out)).toEqual({ exitCode: 64, error: 'status takes no argument; x is too much.' })
    expect(code).toBe(64)
    expect(error).toContain('usage:')
  })

  it('names the variable of each store', async () => {
    expect((await runCli({ mongo: { folder: '/nowhere', collections: [] } }, ['up'])).error).toMatch(/^MONGO_URL is not set/u)
    expect((await runCli({ ...sources, mongo: { folder: '/nowhere', collections: [] } }, ['up'])).error).toMatch(
      /^MONGO_URL or DATABASE_URL is not set/u,
    )
  })

  it('generate asks for the store where there are several', async () => {
    const several = { postgres: { folder: '/nowhere' }, sqlite: { folder: '/nowhere' } }
    const { code, error } = await runCli(several, ['generate', 'x'])
    expect({ code, reason: error.split('\n')[0] }).toEqual({
      code: 64,
      reason: 'There are several stores: add one of --store=postgres, --store=sqlite.',
    })
    expect((await runCli(several, ['generate', 'x', '--store=mongo'])).error).toMatch(/^There are no migrations for mongo/u)
  })
})

describe('--config', () => {
  it('takes the sources that a module exports, and names what is wrong with others', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'migration-config-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const load = async (text: string) => {
      const file = path.join(folder, `${randomUUID()}.config.ts`)
      await writeFile(file, text)
      return loadConfig(file).catch(String)
    }
    expect(await load('export const sources = { sqlite: { folder: "there" } }')).toEqual({ sqlite: { folder: 'there' } })
    for (const text of ['export const other = 1', 'export const sources = {}', 'export const sources = { oracle: { folder: "x" } }'])
      expect(await load(text)).toMatch(/^UsageError: .* exports no `sources`/u)
    expect(await load('throw new Error("not today")')).toMatch(/^UsageError: .* cannot be loaded: not today/u)
    expect(await loadConfig(path.join(folder, 'none.ts')).catch(String)).toMatch(/^UsageError: There is no /u)
  })
})

describe('what people read', () => {
  it('columns are aligned whatever their colours, and no line ends in blanks', () => {
    expect(
      alignRows([
        ['a', '\u001b[32mbb\u001b[39m', ''],
        ['ccc', 'd', 'e'],
      ]),
    ).toEqual(['a    \u001b[32mbb\u001b[39m', 'ccc  d   e'])
  })

  it('status: a table, what to do, drift as a diff, and a count', () => {
    const report = {
      exitCode: 4,
      migrations: [
        { name: '0001-make-a', state: 'changed', appliedAt: '2026-11-21T10:00:00.123Z', appliedBy: 'shop@one', advice: 'undo the edit.' },
        { name: '0002-make-b', state: 'pending' },
      ],
      drift: [
        { object: 'column a.id', expected: 'integer', found: 'bigint' },
        { object: 'table hand_made', found: '' },
      ],
      afterwards: ['create index a_id'],
    } as const
    expect(renderStatus(report, plain)).toBe(
      [
        'migration    state    applied               by',
        '0001-make-a  changed  2026-11-21 10:00:00Z  shop@one',
        '0002-make-b  pending',
        '',
        '0001-make-a is changed: undo the edit.',
        '',
        'Drift: the database (+) is not what its migrations made (-).',
        '  column a.id',
        '    - integer',
        '    + bigint',
        '  table hand_made',
        '    + there',
        '',
        'To follow the migrations:',
        '  create index a_id',
        '',
        '1 changed, 1 pending.',
      ].join('\n'),
    )
    expect(renderStatus({ exitCode: 0, migrations: [], drift: [], afterwards: [] }, plain)).toBe('No migrations.')
  })

  it('plan: SQL that runs as it stands, with locks, rows and findings as comments', () => {
    const finding = { file: '0002-b/up.sql', line: 1, rule: 'drop-table', message: 'loses every row.', advice: 'Keep it.' }
    const statements = [{ text: 'DROP TABLE b', lock: 'ACCESS EXCLUSIVE on b: blocks reads and writes', rows: 12_345 }]
    const migrations = [{ name: '0002-b', transaction: true, statements, findings: [finding] }]
    expect(renderPlan({ migrations, afterwards: [{ text: 'an index of others', informative: true }] }, { paint: plain, end: ';' })).toBe(
      [
        '-- 0002-b, in one transaction',
        '-- 0002-b/up.sql:1 drop-table loses every row.',
        '--   Keep it.',
        '-- ACCESS EXCLUSIVE on b: blocks reads and writes',
        '-- about 12,345 rows',
        'DROP TABLE b;',
        '',
        '-- after the migrations',
        '-- an index of others',
      ].join('\n'),
    )
    expect(renderPlan({ migrations: [], afterwards: [] }, { paint: plain, end: ';' })).toBe('Nothing to do.')
  })

  it('history: newest first, with what it took', () => {
    const entry = {
      event: 'failed',
      name: '0001-a',
      at: new Date('2026-11-21T10:00:00Z'),
      by: 'shop@one',
      durationMs: 12.6,
      detail: 'no',
    } as const
    expect(renderHistory([entry], plain).split('\n')[1]).toBe('2026-11-21 10:00:00Z  failed  0001-a     13 ms  shop@one  no')
    expect(renderHistory([], plain)).toBe('Nothing was done yet.')
  })

  it.each([
    ['a terminal', { isTTY: true }, {}, true],
    ['a pipe', {}, {}, false],
    ['a terminal with NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }, false],
    ['a dumb terminal', { isTTY: true }, { TERM: 'dumb' }, false],
    ['a pipe with FORCE_COLOR', {}, { FORCE_COLOR: '1' }, true],
  ])('colours on %s: %#', (_where, stream, env, coloured) => {
    const stdout = Object.assign(Object.create(process.stdout), { isTTY: false }, stream)
    const { paint } = openTerminal({ stdin: process.stdin, stdout, stderr: process.stderr }, env)
    expect(paint('red', 'x') !== 'x').toBe(coloured)
  })
})
