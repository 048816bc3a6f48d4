import { readHeaders } from '../files/migration-headers.ts'
import type { Migration, MigrationScript } from '../store/migration.ts'
import { readMigrations } from '../files/read-migrations.ts'
import type { LintFinding } from '../lint/lint-finding.ts'
import { lintMigrations } from '../lint/lint-migrations.ts'
import { lintRules } from '../lint/lint-rules.ts'
import { MigrationError } from '../store/migration-error.ts'
import { readAssignments, requireReason } from './generate-flags.ts'
import type { GenerateOptions } from './generate-options.ts'
import type { GenerateNeed } from './needs.ts'
import { renderScript, type ScriptLine } from './script.ts'

export interface ExceptedScripts {
  readonly up: string
  readonly down: string
  /** A flag for each danger that nobody has allowed yet. */
  readonly needs: readonly GenerateNeed[]
}

interface Draft {
  readonly name: string
  readonly last: string | undefined
  readonly lines: { readonly up: readonly ScriptLine[]; readonly down: readonly ScriptLine[] }
}

/** The files' texts, each with the exceptions that it needs and no others. @throws MigrationError for an exception that excuses nothing */
export async function exceptedScripts(options: GenerateOptions, draft: Draft): Promise<ExceptedScripts> {
  const { dialect, source, irreversible, contract } = options
  const earlier = await readMigrations(source.folder, dialect)
  const allowed = readReasons('--allow', options.allow ?? [])
  const contracts = readReasons('--contract', contract === undefined ? [] : [contract])
  const render = (side: 'up' | 'down', headers: readonly string[]): string => {
    if (side === 'down' && irreversible !== undefined) return `-- irreversible: ${irreversible}\n`
    return renderScript(draft.lines[side], { dialect, headers })
  }
  const lint = (up: string, down: string): LintFinding[] =>
    lintMigrations([...earlier, asMigration(draft.name, { up, down, irreversible })], dialect).filter(({ file }) =>
      file.startsWith(`${draft.name}/`),
    )
  const bare = lint(render('up', []), render('down', []))
  const headersOf = (side: 'up' | 'down'): string[] => {
    const rules = new Set(bare.filter(({ file }) => file.endsWith(`${side}.sql`)).map(({ rule }) => rule))
    const exceptions = [...allowed]
      .filter(([subject]) => rules.has(ruleOf(subject)))
      .map(([subject, reason]) => `-- allow ${subject}: ${reason}`)
    return side === 'up' ? [...[...contracts].map(([name, reason]) => `-- contract: ${name} because ${reason}`), ...exceptions] : exceptions
  }
  requireUsed(allowed, bare)
  const [up, down] = [render('up', headersOf('up')), render('down', headersOf('down'))]
  return { up, down, needs: mergeNeeds(lint(up, down).map((finding) => needOf(finding, draft.last))) }
}

function readReasons(flag: string, values: readonly string[]): Map<string, string> {
  const reasons = readAssignments(flag, values)
  return new Map([...reasons].map(([name, reason]) => [name, requireReason(`${flag} ${name}`, reason)]))
}

function ruleOf(subject: string): string {
  return subject.split(' ', 1)[0] ?? ''
}

function requireUsed(allowed: ReadonlyMap<string, string>, findings: readonly LintFinding[]): void {
  const rules = new Set(findings.map(({ rule }) => rule))
  const [unused] = [...allowed.keys()].filter((subject) => !rules.has(ruleOf(subject)))
  if (unused !== undefined) throw new MigrationError(`--allow ${unused}: no statement needs this exception.`, { exitCode: 64 })
}

/** What excuses a finding: the code that must know of a removal, a reason, or nothing. */
function flagFor({ file, rule }: LintFinding, last: string | undefined): string | undefined {
  const excuse = lintRules.find(({ name }) => name === rule)?.excuse
  if (excuse === undefined || excuse === 'nothing') return undefined
  return excuse === 'contract' && file.endsWith('up.sql') ? `--contract ${last ?? 'NNNN-name'}=<reason>` : `--allow ${rule}=<reason>`
}

function needOf(finding: LintFinding, last: string | undefined): GenerateNeed {
  const { file, message, advice } = finding
  const flag = flagFor(finding, last)
  return { problem: `${file.endsWith('down.sql') ? 'On the way back: ' : ''}${message} ${advice}`, flags: flag === undefined ? [] : [flag] }
}

/** What one flag allows stands together. */
function mergeNeeds(needs: readonly GenerateNeed[]): GenerateNeed[] {
  const merged = new Map<string, GenerateNeed>()
  for (const { problem, flags } of needs) {
    const key = flags.length === 0 ? problem : flags.join(' ')
    const same = merged.get(key)
    merged.set(key, { problem: same ? `${same.problem}\n${problem}` : problem, flags })
  }
  return [...merged.values()]
}

function asMigration(name: string, scripts: { up: string; down: string; irreversible: string | undefined }): Migration {
  const { up, down, irreversible } = scripts
  const read = (side: 'up' | 'down', text: string): MigrationScript & { contract: string | undefined } => {
    const script = { path: `${name}/${side}.sql`, text }
    const { transaction, contract } = readHeaders(script, '--')
    return { ...script, transaction, contract }
  }
  const forward = read('up', up)
  const back = irreversible === undefined ? { down: read('down', down) } : { down: undefined, irreversible }
  return { name, up: forward, ...back, ...(forward.contract !== undefined && { contract: forward.contract }), checksum: '' }
}
