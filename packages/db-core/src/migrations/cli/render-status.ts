import type { CatalogDifference } from '../catalog/catalog.ts'
import type { MigrationState, MigrationStatus, StatusReport } from '../runner/migration-report.ts'
import { alignRows } from './table.ts'
import type { Style, Terminal } from './terminal.ts'

type Paint = Terminal['paint']

const styles: Readonly<Record<MigrationState, Style>> = {
  applied: 'green',
  pending: 'yellow',
  late: 'yellow',
  unfinished: 'yellow',
  changed: 'red',
  missing: 'red',
}

/** A table of migrations, then what is wrong and what to do about it. */
export function renderStatus({ migrations, drift, afterwards }: StatusReport, paint: Paint): string {
  const parts = [renderMigrations(migrations, paint), adviceOf(migrations), renderDrift(drift, paint), renderAfterwards(afterwards)]
  return [...parts.filter((part) => part !== ''), countStates(migrations)].join('\n\n')
}

/** What the database has otherwise than its migrations made it: `-` is what they made, `+` what is there. */
export function renderDrift(drift: readonly CatalogDifference[], paint: Paint): string {
  if (drift.length === 0) return ''
  const lines = drift.flatMap(({ object, expected, found }) => [
    `  ${object}`,
    ...(expected === undefined ? [] : [paint('red', `    - ${expected || 'there'}`)]),
    ...(found === undefined ? [] : [paint('green', `    + ${found || 'there'}`)]),
  ])
  return ['Drift: the database (+) is not what its migrations made (-).', ...lines].join('\n')
}

function renderMigrations(migrations: readonly MigrationStatus[], paint: Paint): string {
  if (migrations.length === 0) return ''
  const head = ['migration', 'state', 'applied', 'by'].map((title) => paint('bold', title))
  const rows = migrations.map(({ name, state, appliedAt, appliedBy }) => [
    name,
    paint(styles[state], state),
    appliedAt === undefined ? '' : showTime(new Date(appliedAt)),
    appliedBy ?? '',
  ])
  return alignRows([head, ...rows]).join('\n')
}

function adviceOf(migrations: readonly MigrationStatus[]): string {
  return migrations.flatMap(({ name, state, advice }) => (advice === undefined ? [] : [`${name} is ${state}: ${advice}`])).join('\n')
}

function renderAfterwards(afterwards: readonly string[]): string {
  return afterwards.length === 0 ? '' : ['To follow the migrations:', ...afterwards.map((line) => `  ${line}`)].join('\n')
}

function countStates(migrations: readonly MigrationStatus[]): string {
  if (migrations.length === 0) return 'No migrations.'
  const counts = new Map<MigrationState, number>()
  for (const { state } of migrations) counts.set(state, (counts.get(state) ?? 0) + 1)
  return `${[...counts].map(([state, count]) => `${count} ${state}`).join(', ')}.`
}

/** UTC to the second, as people read it. */
export function showTime(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')}Z`
}
