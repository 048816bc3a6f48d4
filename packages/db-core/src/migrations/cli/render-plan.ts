import type { LintFinding } from '../lint/lint-finding.ts'
import type { PlannedMigration, PlanReport } from '../runner/migration-report.ts'
import type { PlannedStatement } from '../store/migration-store.ts'
import type { Terminal } from './terminal.ts'

type Paint = Terminal['paint']

export interface PlanStyle {
  readonly paint: Paint
  /** What ends a statement: `;` in SQL. */
  readonly end: string
}

/** Each migration as SQL, which can be read and run as it stands: what is said about it are comments. */
export function renderPlan({ migrations, afterwards }: PlanReport, { paint, end }: PlanStyle): string {
  const parts = [...migrations.map((migration) => renderMigration(migration, { paint, end })), renderAfterwards(afterwards, paint)]
  return parts.filter((part) => part !== '').join('\n\n') || 'Nothing to do.'
}

/** One line for what is wrong, one for what to do. */
export function renderFindings(findings: readonly LintFinding[], paint: Paint): string[] {
  return findings.flatMap(({ file, line, rule, message, advice }) => [
    `${file}:${line} ${paint('red', rule)} ${message}`,
    ...(advice === '' ? [] : [`  ${advice}`]),
  ])
}

function renderMigration({ name, transaction, statements, findings }: PlannedMigration, { paint, end }: PlanStyle): string {
  const how = transaction ? 'in one transaction' : 'statement by statement'
  const title = paint('bold', `-- ${name}, ${how}`)
  const warnings = renderFindings(findings, paint).map((line) => `-- ${line}`)
  return [title, ...warnings, ...statements.flatMap((statement) => renderStatement(statement, { paint, end }))].join('\n')
}

function renderAfterwards(statements: readonly PlannedStatement[], paint: Paint): string {
  if (statements.length === 0) return ''
  return [
    paint('bold', '-- after the migrations'),
    ...statements.flatMap((statement) => renderStatement(statement, { paint, end: '' })),
  ].join('\n')
}

function renderStatement({ text, lock, rows, informative }: PlannedStatement, { paint, end }: PlanStyle): string[] {
  if (informative) return [paint('dim', `-- ${text}`)]
  const size = rows === undefined ? undefined : `about ${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'}`
  const remarks = [lock, size].filter((remark) => remark !== undefined).map((remark) => paint('dim', `-- ${remark}`))
  return [...remarks, `${text}${end}`]
}
