import { createHash } from 'node:crypto'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { RepositoryError } from '../../errors/repository-error.ts'
import { translateMongoError } from '../../mongo/mongo-errors.ts'
import type { Direction, Migration, MigrationScript } from '../store/migration.ts'
import { MigrationError } from '../store/migration-error.ts'
import { walkBatches, walkText, type WalkRun } from './mongo-batches.ts'
import type { MongoMigrationContext } from './mongo-migration-context.ts'
import type { ScriptSteps } from './mongo-script-steps.ts'

type Script = (context: MongoMigrationContext) => unknown

/** @throws MigrationError for a migration that has none in this direction */
export function scriptOf(migration: Migration, direction: Direction): MigrationScript {
  const script = direction === 'up' ? migration.up : migration.down
  if (script !== undefined) return script
  throw new MigrationError(`${migration.name} cannot be undone: ${migration.irreversible ?? 'it has no down.ts'}.`)
}

/** The function `up` or `down` that the file of that name exports. @throws MigrationError when there is none */
export async function loadScript(migration: Migration, direction: Direction): Promise<Script> {
  const { path: file, text } = scriptOf(migration, direction)
  // Node loads an address once, and a mended script is another.
  const version = createHash('sha256').update(text).digest('hex').slice(0, 12)
  const loaded: unknown = await import(`${pathToFileURL(file).href}?${version}`)
  const script: unknown = typeof loaded === 'object' && loaded !== null ? Reflect.get(loaded, direction) : undefined
  if (typeof script !== 'function')
    throw new MigrationError(`${path.basename(file)} of ${migration.name} exports no function ${direction}.`)
  return (context) => Reflect.apply(script, undefined, [context])
}

/** Runs a script to its end, or until the signal stops it; a script that does not listen to the signal is left behind. */
export async function runScript(script: Script, { run, steps }: { run: WalkRun; steps: ScriptSteps }): Promise<void> {
  const { signal } = run
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = () => reject(signal.reason)
  signal.throwIfAborted()
  signal.addEventListener('abort', stop, { once: true })
  try {
    await Promise.race([script(contextOf(run, steps)), promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function contextOf(run: WalkRun, steps: ScriptSteps): MongoMigrationContext {
  return {
    ...run,
    inBatches: (walk) => steps.take(walkText(walk), (step) => walkBatches(run, walk, step)),
    once: (name, work) =>
      steps.take(`once ${name}`, async (step) => {
        if (step.state.finished) return run.log(`${name}: done by an earlier run`)
        run.signal.throwIfAborted()
        await step.advance(async (tx, state) => {
          await work(tx)
          return { ...state, finished: true }
        })
      }),
  }
}

/** The failure of a script in words that hold no value of a row: those of its own errors might. */
export function explainScriptFailure(failure: unknown, script: MigrationScript): string {
  const error = translateMongoError(failure)
  if (error instanceof MigrationError || error instanceof RepositoryError) return withoutPeriod(error.message) + lineIn(error, script)
  return (error instanceof Error ? error.name : typeof error) + lineIn(error, script)
}

function withoutPeriod(message: string): string {
  return message.endsWith('.') ? message.slice(0, -1) : message
}

/** ` (up.ts:12)`: where in the script it was thrown. */
function lineIn(error: unknown, { path: file }: MigrationScript): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const at = stack.indexOf(file)
  const line = at === -1 ? undefined : /^(?:\?\w+)?:(\d+)/.exec(stack.slice(at + file.length))?.[1]
  return line === undefined ? '' : ` (${path.basename(file)}:${line})`
}
