import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { lintMigrations } from '../src/migrations/lint/lint-migrations.ts'
import { accepted } from './support/accepted-migrations.ts'
import { earlier, refused } from './support/refused-migrations.ts'

/** Which of our rules has to find what squawk finds. */
const ours: Readonly<Record<string, readonly string[]>> = {
  'adding-field-with-default': ['volatile-default', 'rewriting-column'],
  'adding-foreign-key-constraint': ['foreign-key-not-valid'],
  'adding-not-nullable-field': ['set-not-null'],
  'adding-required-field': ['add-required-column'],
  'adding-serial-primary-key-field': ['unique-constraint'],
  'ban-alter-domain-with-add-constraint': ['check-not-valid'],
  'ban-concurrent-index-creation-in-transaction': ['not-in-transaction'],
  'ban-drop-column': ['drop-column'],
  'ban-drop-database': ['drop-schema'],
  'ban-drop-not-null': ['drop-not-null'],
  'ban-drop-table': ['drop-table'],
  'ban-truncate-cascade': ['truncate'],
  'ban-uncommitted-transaction': ['ends-transaction'],
  'changing-column-type': ['change-column-type'],
  'constraint-missing-not-valid': ['foreign-key-not-valid', 'check-not-valid', 'unique-constraint', 'set-not-null'],
  'disallowed-unique-constraint': ['unique-constraint'],
  'renaming-column': ['rename-column'],
  'renaming-table': ['rename-table'],
  'require-concurrent-index-creation': ['index-not-concurrent'],
  'require-concurrent-index-deletion': ['index-not-concurrent'],
  'require-concurrent-reindex': ['index-not-concurrent'],
  'transaction-nesting': ['ends-transaction'],
}

/** Rules of taste, or of what the runner sees to: time limits are options of its connection, and a killed run is continued. */
const leftOut =
  /^(?:prefer-|ban-char-field|identifier-too-long|require-lock-timeout|require-statement-timeout|require-timeout-settings|require-table-schema|require-enum-value-ordering|ban-create-domain)/

/** What squawk refuses and we do not, with the reason. */
const differences: readonly (readonly [squawkRule: string, sql: string, reason: string])[] = [
  ['ban-drop-table', 'CREATE TABLE users_copy (id int); DROP TABLE users_copy', 'nobody can use what the same file made'],
  ['ban-drop-table', 'CREATE TABLE a (id int); DROP TABLE a CASCADE', 'the same'],
  ['ban-drop-column', 'ALTER TABLE users ADD COLUMN a int; ALTER TABLE users DROP COLUMN a', 'the same'],
  ['renaming-column', 'ALTER TABLE users ADD a int; ALTER TABLE users RENAME a TO b', 'the same'],
  [
    'ban-drop-column',
    'CREATE TABLE a (id int); ALTER TABLE a DROP COLUMN id; CREATE INDEX ON a (id); ALTER TABLE a ADD CHECK (id > 0)',
    'the same',
  ],
  ['require-concurrent-index-deletion', 'CREATE TABLE a (id int); CREATE INDEX a_id ON a (id); DROP INDEX a_id', 'the same'],
  [
    'require-concurrent-index-creation',
    'CREATE MATERIALIZED VIEW a AS SELECT id FROM users; CREATE UNIQUE INDEX a_id ON a (id)',
    'the same',
  ],
  [
    'changing-column-type',
    'ALTER TABLE users ALTER COLUMN email TYPE varchar(300)',
    'a longer varchar, from earlier migrations: nothing is rewritten',
  ],
  ['changing-column-type', 'ALTER TABLE users ALTER COLUMN email SET DATA TYPE text', 'from varchar: nothing is rewritten'],
  ['changing-column-type', 'ALTER TABLE users ALTER COLUMN score TYPE numeric(12, 2)', 'more digits at one scale: nothing is rewritten'],
  ['adding-not-nullable-field', 'ALTER TABLE users ALTER COLUMN email SET NOT NULL', 'an earlier migration made it NOT NULL already'],
  [
    'adding-foreign-key-constraint',
    'ALTER TABLE notes ADD COLUMN owner uuid REFERENCES users (id) ON DELETE SET NULL ON UPDATE SET DEFAULT',
    'a new column without default holds nulls only, and the server looks nothing up',
  ],
  [
    'adding-field-with-default',
    'ALTER TABLE users ADD COLUMN small text GENERATED ALWAYS AS (lower(email)) VIRTUAL',
    'a virtual column is computed when read, and nothing is rewritten',
  ],
  ['transaction-nesting', 'SAVEPOINT a; ROLLBACK TO a', 'the transaction of the runner goes on'],
  [
    'require-concurrent-index-creation',
    '-- allow index-not-concurrent users_phone: the table has ten rows\nCREATE INDEX users_phone ON users (phone)',
    'excused with a reason',
  ],
]

const off = '-- transaction: off\n'

/** Further statements, near what both know. */
const further = [
  'ALTER TABLE users ADD COLUMN a int GENERATED ALWAYS AS IDENTITY, DROP COLUMN email, ALTER phone TYPE int',
  'ALTER TABLE IF EXISTS ONLY "users" DROP COLUMN IF EXISTS "phone" CASCADE',
  'CREATE TABLE a (id int); ALTER TABLE a DROP COLUMN id; CREATE INDEX ON a (id); ALTER TABLE a ADD CHECK (id > 0)',
  "ALTER TABLE users ADD COLUMN a timestamptz DEFAULT now() + interval '1 day'",
  'ALTER TABLE users ADD COLUMN a text DEFAULT my_own_function()',
  "ALTER TABLE users ADD COLUMN a jsonb NOT NULL DEFAULT '{}'::jsonb",
  'ALTER TABLE users ADD CONSTRAINT c PRIMARY KEY USING INDEX i',
  'ALTER TABLE users ADD COLUMN a uuid PRIMARY KEY DEFAULT gen_random_uuid()',
  'TRUNCATE users CASCADE',
  'DROP DATABASE other',
  `${off}CREATE INDEX CONCURRENTLY i ON users (phone); ALTER TABLE users ADD CONSTRAINT u UNIQUE USING INDEX i`,
  `${off}ALTER TABLE users ADD CONSTRAINT c CHECK (phone <> '') NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT c`,
]

const corpus = [
  ...new Set([...Object.values(refused), ...Object.values(accepted)].flatMap(({ postgres }) => postgres ?? []).concat(further)),
]

interface SquawkFinding {
  readonly file: string
  readonly rule_name: string
}

/** The rules by which squawk refuses each text, in the order of the texts. */
async function squawk(texts: readonly string[], args: readonly string[]): Promise<string[][]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lint-oracle-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const files = await Promise.all(
    texts.map(async (text, index) => {
      const file = path.join(folder, `${index}.sql`)
      await writeFile(file, text)
      return file
    }),
  )
  const require = createRequire(import.meta.url)
  const program = require.resolve('squawk-cli/js/bin/squawk')
  const { stdout, stderr } = spawnSync(process.execPath, [program, '--pg-version=18', '--reporter=json', ...args, ...files], {
    encoding: 'utf8',
  })
  expect(stderr).not.toContain('error:')
  const findings: readonly SquawkFinding[] = JSON.parse(stdout)
  return files.map((file) => findings.filter((finding) => finding.file === file).map(({ rule_name: rule }) => rule))
}

function ourRules(sql: string): string[] {
  const script = (text: string) => ({ path: '', text, transaction: !text.startsWith(off) })
  const migrations = [
    { name: '0001-earlier', up: script(earlier.postgres), down: undefined, checksum: '' },
    { name: '0002-later', up: script(sql), down: undefined, checksum: '' },
  ]
  return lintMigrations(migrations, 'postgres').map(({ rule }) => rule)
}

describe('squawk and our lint', () => {
  it('agree on what is refused, but for differences with a reason', async () => {
    const outside = corpus.filter((sql) => sql.startsWith(off))
    const inside = corpus.filter((sql) => !sql.startsWith(off))
    const found = [...(await squawk(outside, [])), ...(await squawk(inside, ['--assume-in-transaction']))]
    const met: string[] = []
    for (const [index, sql] of [...outside, ...inside].entries())
      for (const rule of found[index] ?? []) {
        // squawk does not know MERGE or some reserved words everywhere; a statement that it cannot read tells nothing.
        if (leftOut.test(rule) || rule === 'syntax-error') continue
        expect(Object.keys(ours), sql).toContain(rule)
        const agrees = ourRules(sql).some((own) => ours[rule]?.includes(own) === true)
        const difference = differences.find(([name, text]) => name === rule && text === sql)
        if (difference !== undefined) met.push(`${rule} ${sql}`)
        expect(agrees, `${rule}: ${sql}`).toBe(difference === undefined)
      }
    expect(new Set(met)).toEqual(new Set(differences.map(([rule, sql]) => `${rule} ${sql}`)))
    expect(found.flat().filter((rule) => rule in ours).length).toBeGreaterThan(60)
  })
})
