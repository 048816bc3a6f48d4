import { migrationHistory } from '../runner/migration-history.ts'
import { migrationStatus } from '../runner/migration-status.ts'
import { languageOf } from '../runner/open-migration-store.ts'
import { planMigrations } from '../runner/plan-migrations.ts'
import { runnerOptions } from './change-commands.ts'
import type { CliContext, CliResult } from './cli-command.ts'
import { renderHistory } from './render-history.ts'
import { renderPlan } from './render-plan.ts'
import { renderStatus } from './render-status.ts'
import { readCount } from './parse-command.ts'

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
  const options = runnerOptions(context)
  const report = await planMigrations({ ...options, direction: context.command.has('down') ? 'down' : 'up' })
  return {
    exitCode: 0,
    json: report,
    text: renderPlan(report, { paint: context.terminal.paint, end: languageOf(options.url) === 'mongo' ? '' : ';' }),
  }
}

export async function runHistory(context: CliContext): Promise<CliResult> {
  const entries = await migrationHistory({ ...runnerOptions(context), limit: readCount(context.command, 'limit') ?? 50 })
  return { exitCode: 0, json: entries, text: renderHistory(entries, context.terminal.paint) }
}
