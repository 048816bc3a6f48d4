import type { ChangeReport } from '../runner/migration-report.ts'
import { baselineMigrations } from '../runner/baseline-migrations.ts'
import { migrateDown } from '../runner/migrate-down.ts'
import { migrateUp } from '../runner/migrate-up.ts'
import { planMigrations } from '../runner/plan-migrations.ts'
import { migrationStatus } from '../runner/migration-status.ts'
import { repairMigrations } from '../runner/repair-migrations.ts'
import { requireUrl } from './choose-source.ts'
import { readCount } from './parse-command.ts'
import type { CliContext, CliResult } from './cli-command.ts'
import { renderDrift } from './render-status.ts'

/** What every function of the runner takes. @throws UsageError */
export function runnerOptions({ sources, env, terminal, command }: CliContext) {
  const seconds = readCount(command, 'wait')
  return {
    url: requireUrl(sources, env),
    sources,
    log: terminal.log,
    ...(seconds !== undefined && { waitMs: seconds * 1000 }),
    ...(command.argument !== undefined && { target: command.argument }),
  }
}

export async function runUp(context: CliContext): Promise<CliResult> {
  const { command } = context
  const report = await migrateUp({ ...runnerOptions(context), dryRun: command.has('dry-run'), inOrder: command.has('in-order') })
  return conclude(context, report, { done: 'Applied', planned: 'Would apply', none: 'No migration to apply' })
}

export async function runDown(context: CliContext): Promise<CliResult> {
  const { command } = context
  const options = runnerOptions(context)
  const plan = () => planMigrations({ ...options, direction: 'down' })
  const allowed = await confirm(context, async () => {
    const names = (await plan()).migrations.map(({ name }) => name)
    return names.length === 0 ? undefined : `Undo ${listNames(names)}?`
  })
  if (!allowed) return refused()
  const report = await migrateDown({ ...options, dryRun: command.has('dry-run'), despiteDrift: command.has('despite-drift') })
  return conclude(context, report, { done: 'Undone', planned: 'Would undo', none: 'No migration to undo' })
}

export async function runRepair(context: CliContext): Promise<CliResult> {
  const { command, terminal } = context
  const options = { ...runnerOptions(context), forget: command.values('forget') }
  const allowed = await confirm(context, async () => {
    const { drift, migrations } = await migrationStatus(options)
    const changed = migrations.filter(({ state }) => state === 'changed').map(({ name }) => `${name} is changed.`)
    const found = [renderDrift(drift, terminal.paint), ...changed].filter((part) => part !== '')
    return found.length === 0 ? undefined : `${found.join('\n')}\nAccept it as it is?`
  })
  if (!allowed) return refused()
  return conclude(context, await repairMigrations({ ...options, dryRun: command.has('dry-run') }), {
    done: 'Accepted',
    planned: 'Would accept',
    none: 'Nothing to accept',
  })
}

export async function runBaseline(context: CliContext): Promise<CliResult> {
  const options = { ...runnerOptions(context), dryRun: context.command.has('dry-run') }
  const allowed = await confirm(context, async () => 'Record migrations as applied without running them?')
  if (!allowed) return refused()
  return conclude(context, await baselineMigrations(options), {
    done: 'Recorded as applied',
    planned: 'Would record as applied',
    none: 'No migration to record',
  })
}

/** Asks on a terminal, unless `--yes` or `--dry-run` is given or there is nothing to ask. */
async function confirm({ command, terminal }: CliContext, question: () => Promise<string | undefined>): Promise<boolean> {
  if (!terminal.ask || command.has('yes') || command.has('dry-run') || command.has('json')) return true
  const text = await question()
  return text === undefined || /^y(?:es)?$/iu.test(await terminal.ask(`${text} [y/N] `))
}

function refused(): CliResult {
  return { exitCode: 1, json: { exitCode: 1, changed: [] }, text: 'Nothing was changed.' }
}

/** Every name was told when its turn came: many are counted. */
function listNames(names: readonly string[]): string {
  return names.length <= 5 ? names.join(', ') : `${names[0]} to ${names.at(-1)}, ${names.length} in all`
}

interface Words {
  readonly done: string
  readonly planned: string
  readonly none: string
}

function conclude({ command }: CliContext, report: ChangeReport, words: Words): CliResult {
  const dryRun = command.has('dry-run')
  const pending = report.migrations.filter(({ state }) => state === 'pending' || state === 'late').length
  const changed = report.changed.length === 0 ? words.none : `${dryRun ? words.planned : words.done} ${listNames(report.changed)}`
  return { exitCode: 0, json: { ...report, dryRun }, text: `${changed}; ${pending} pending.` }
}
