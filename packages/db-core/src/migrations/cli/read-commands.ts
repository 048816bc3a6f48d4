import { migrationHistory } from '../runner/migration-history.ts'
import { migrationStatus } from '../runner/migration-status.ts'
import { planMigrations } from '../runner/plan-migrations.ts'
import { runnerOptions } from './change-commands.ts'
import type { CliContext, CliResult } from './cli-command.ts'
import { renderHistory } from './render-history.ts'
import { renderPlan } from './render-plan.ts'
import { renderStatus } from './render-status.ts'
import { UsageError } from './usage-error.ts'

export async function runStatus(context: CliContext): Promise<CliResult> {
  const report = await migrationStatus(runnerOptions(context))
  return { exitCode: report.exitCode, json: report, text: renderStatus(report, context.terminal.paint) }
}

export async function runCurrent(context: CliContext): Promise<CliResult> {
  const { migrations } = await migrationStatus(runnerOptions(context))
  const current = migrations.findLast(({ state }) => state !== 'pending' && state !== 'late')
  return { exitCode: 0, json: { current: current ?? null }, text: current?.name ?? 'No migration is applied.' }
}

export async function runPlan(context: CliContext): Promise<CliResult> {
  const report = await planMigrations({ ...runnerOptions(context), direction: context.command.has('down') ? 'down' : 'up' })
  return { exitCode: 0, json: report, text: renderPlan(report, context.terminal.paint) }
}

export async function runHistory(context: CliContext): Promise<CliResult> {
  const entries = await migrationHistory({ ...runnerOptions(context), limit: readLimit(context.command.value('limit')) })
  return { exitCode: 0, json: entries, text: renderHistory(entries, context.terminal.paint) }
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return 50
  if (/^[1-9]\d{0,5}$/u.test(text)) return Number(text)
  throw new UsageError(`--limit needs a count; ${text} is none.`, 'history')
}
