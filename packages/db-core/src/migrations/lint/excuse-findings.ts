import type { Direction } from '../store/migration.ts'
import type { SqlDialect } from '../files/sql-tokens.ts'
import type { SchemaChange } from './changes/schema-change.ts'
import { covers, type LintException } from './lint-exceptions.ts'
import type { LintFinding } from './lint-finding.ts'
import { textFor, type Found, type Rule } from './lint-rule.ts'
import { badException, rules } from './lint-rules.ts'

export interface LocatedFound {
  readonly rule: Rule
  readonly found: Found
  readonly line: number
}

interface FileOfFindings {
  readonly file: string
  readonly dialect: SqlDialect
  readonly direction: Direction
  /** As the runner has read it. */
  readonly contract: string | undefined
  readonly exceptions: readonly LintException[]
  readonly changes: readonly SchemaChange[]
}

/** Leaves out what the exceptions of a file cover, and adds what is wrong with the exceptions, in the order of lines. */
export function applyExceptions(all: readonly LocatedFound[], file: FileOfFindings): LintFinding[] {
  const remaining = all.filter((located) => !file.exceptions.some((exception) => excuses(exception, located, file)))
  const faults = file.exceptions.flatMap((exception) => {
    const problem = problemOf(exception, all, file)
    return problem === undefined ? [] : [badExceptionAt(exception, problem, file.file)]
  })
  return [...remaining.map((located) => findingOf(located, file)), ...faults].toSorted((one, other) => one.line - other.line)
}

/** In down.sql no older code has to be told, and `allow` excuses the removals too. */
function excuseOf(rule: Rule, direction: Direction): Rule['excuse'] {
  return direction === 'down' && rule.excuse === 'contract' ? 'allow' : rule.excuse
}

function excuses(exception: LintException, { rule, found }: LocatedFound, { direction, contract }: FileOfFindings): boolean {
  const excuse = excuseOf(rule, direction)
  if (exception.reason.length < shortestReason || excuse === 'nothing') return false
  if (excuse === 'contract') return exception.rule === 'contract' && exception.object === contract
  return exception.rule === rule.name && covers(exception, found.object)
}

const shortestReason = 10

function problemOf(exception: LintException, all: readonly LocatedFound[], file: FileOfFindings): string | undefined {
  const { direction, changes, contract } = file
  const isContract = exception.rule === 'contract'
  const rule = rules.find(({ name }) => name === exception.rule)
  if (rule === undefined && !isContract) return `there is no rule ${exception.rule}`
  if (rule?.excuse === 'nothing') return `nothing excuses ${rule.name}`
  if (exception.reason.length < shortestReason) return `it gives no reason of at least ${shortestReason} characters`
  if (all.some((located) => excuses(exception, located, file))) return undefined
  if (isContract && direction === 'up' && exception.object !== contract)
    return 'the runner does not see it; write one, in a line that begins with "--"'
  if (isContract) return direction === 'up' && changes.some(mayBreakOlderCode) ? undefined : 'it takes nothing away from older code'
  if (rule !== undefined && excuseOf(rule, direction) === 'contract')
    return `${rule.name} is excused by "-- contract: NNNN-name because <reason>" alone, so that older code stops serving`
  return 'it excuses nothing in this file'
}

/** A contract also serves for what the lint takes for safe or leaves to another exception: older code may still not live with it. */
function mayBreakOlderCode({ kind }: SchemaChange): boolean {
  return !['create-table', 'create-index', 'create-view', 'create-other', 'validate-constraint', 'drop-index', 'reindex'].includes(kind)
}

function findingOf({ rule, found, line }: LocatedFound, { file, dialect, direction }: FileOfFindings): LintFinding {
  const names: Readonly<Record<string, string | undefined>> = { table: found.table, column: found.column, object: found.object }
  const instead = textFor(rule.instead, dialect).replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name] ?? '…')
  const exception = exceptionFor(rule, { found, direction })
  return {
    file,
    line,
    rule: rule.name,
    message: `${found.subject}: ${textFor(rule.danger, dialect)}`,
    advice: exception === undefined ? instead : `${instead} ${exception}`,
  }
}

function exceptionFor(rule: Rule, { found, direction }: { found: Found; direction: Direction }): string | undefined {
  switch (excuseOf(rule, direction)) {
    case 'contract':
      return 'Where only code that knows a certain migration still runs: `-- contract: NNNN-name because <reason>`, which stops older code from serving.'
    case 'allow':
      return `Where it does no harm: \`-- allow ${rule.name} ${found.object}: <reason>\`.`
    case 'nothing':
      return undefined
  }
}

function badExceptionAt({ rule, object, line }: LintException, problem: string, file: string): LintFinding {
  const written = rule === 'contract' ? 'contract' : `allow ${rule}${object === undefined ? '' : ` ${object}`}`
  return { file, line, rule: badException, message: `-- ${written}: ${problem}.`, advice: 'Correct it or take it out.' }
}
