import path from 'node:path'
import { checkMigrations } from '../generate/check-migrations.ts'
import { generateMigration, type GenerateOutcome } from '../generate/generate-migration.ts'
import { askAboutRenames } from './ask-about-renames.ts'
import { chooseKind } from './choose-source.ts'
import type { CliContext, CliResult } from './cli-command.ts'
import { generateMongoMigration } from './generate-mongo-migration.ts'
import { renderFindings } from './render-plan.ts'

export async function runGenerate(context: CliContext): Promise<CliResult> {
  const outcome = await generate(context, [])
  const asked = outcome.kind === 'refused' ? await askAboutRenames(outcome.renames, context.terminal) : []
  const result = conclude(asked.length === 0 ? outcome : await generate(context, asked))
  return context.command.has('dry-run') && result.exitCode === 0
    ? { ...result, text: `-- Nothing was written, this would be:\n${result.text}` }
    : result
}

export async function runCheck({ sources, terminal }: CliContext): Promise<CliResult> {
  const findings = await checkMigrations(sources)
  const text = findings.length === 0 ? 'The migrations are in order.' : renderFindings(findings, terminal.paint).join('\n')
  return { exitCode: findings.length === 0 ? 0 : 1, json: findings, text }
}

async function generate({ sources, command, env }: CliContext, renames: readonly string[]): Promise<GenerateOutcome> {
  const kind = chooseKind(sources, command.value('store'), env)
  const name = command.argument ?? ''
  const source = kind === 'mongo' ? undefined : sources[kind]
  const common = { name, irreversible: command.value('irreversible'), dryRun: command.has('dry-run') }
  if (kind === 'mongo' || !source) return generateMongoMigration({ folder: sources.mongo?.folder ?? '', ...common })
  return generateMigration({
    dialect: kind,
    source,
    ...common,
    renames: [...command.values('rename'), ...renames],
    allowDrops: command.values('allow-drop'),
    fills: command.values('fill'),
    allow: command.values('allow'),
    contract: command.value('contract'),
    blank: command.has('blank'),
  })
}

function conclude(outcome: GenerateOutcome): CliResult {
  switch (outcome.kind) {
    case 'unchanged':
      return { exitCode: 0, json: outcome, text: 'The tables are as in the last snapshot; --blank writes a migration by hand.' }
    case 'written':
      return {
        exitCode: 0,
        json: { ...outcome, files: outcome.files.map((file) => (isShown(file) ? file : { path: file.path })) },
        text: renderWritten(outcome),
      }
    case 'refused':
      return { exitCode: 1, json: outcome, text: renderRefused(outcome) }
  }
}

function renderWritten({ files }: Extract<GenerateOutcome, { kind: 'written' }>): string {
  const shown = files.filter(isShown).flatMap((file) => [`-- ${path.relative(process.cwd(), file.path)}`, file.text.trimEnd(), ''])
  return shown.join('\n').trimEnd()
}

/** Snapshots are long, and for machines alone. */
function isShown({ path: file }: { readonly path: string }): boolean {
  return !file.endsWith('.json')
}

function renderRefused({ needs }: Extract<GenerateOutcome, { kind: 'refused' }>): string {
  const lines = needs.flatMap(({ problem, flags }) => [problem, ...flags.map((flag, index) => `  ${index === 0 ? 'add' : 'or '} ${flag}`)])
  return ['Nothing was written.', ...lines].join('\n')
}
