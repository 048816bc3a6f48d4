import type { MongoDatabase } from '../../mongo/mongo-database.ts'
import type { CollectionDefinition } from '../../mongo/mongo-collection.ts'
import { neverSeconds, validatorOf, type ReconcileStep } from '../../mongo/mongo-index-plan.ts'
import type { PlannedStatement } from '../store/migration-store.ts'

const countTimeoutMs = 30_000

/** A step of the reconcile as a plan shows it; asks the database for sizes, changes nothing. */
export async function describeStep(
  database: Pick<MongoDatabase, 'driver'>,
  definitions: readonly CollectionDefinition[],
  step: ReconcileStep,
): Promise<PlannedStatement> {
  const definition = definitions.find(({ name }) => name === step.collection)
  const lock = lockOf(step)
  const rows = lock === undefined ? undefined : await estimateRows(database, step.collection)
  const broken = step.kind === 'set-validator' && definition !== undefined ? await describeBroken(database, definition) : ''
  return {
    text: textOf(step, definition) + broken,
    ...(lock !== undefined && { lock }),
    ...(rows !== undefined && { rows }),
    ...(silent.has(step.kind) && { informative: true as const }),
  }
}

/** What is said and needs nothing to be done. A conflict does: by a person. */
const silent: ReadonlySet<ReconcileStep['kind']> = new Set(['foreign-index', 'kept-index', 'building-index'])

function textOf(step: ReconcileStep, definition: CollectionDefinition | undefined): string {
  const { collection } = step
  switch (step.kind) {
    case 'create-collection':
      return `create collection ${collection} with its validator`
    case 'set-validator':
      return `set the validator of ${collection}`
    case 'create-index':
      return `create index ${step.index} on ${collection}${describeDeclaration(step, definition)}`
    case 'await-index':
      return `await index ${step.index} on ${collection}, which another process is building`
    case 'modify-index':
      return `change index ${step.index} on ${collection} in place: ${describeChanges(step)}`
    case 'hide-index':
      return `hide index ${step.index} on ${collection}, which is no longer declared${describeHidden(step)}`
    case 'drop-index':
      return `drop index ${step.index} on ${collection}, which an earlier run has hidden`
    case 'kept-index':
      return `index ${step.index} on ${collection} is hidden and stays until a later run drops it${describeHidden(step)}`
    case 'building-index':
      return `index ${step.index} on ${collection} is being built by another process, and is not declared: left alone`
    case 'foreign-index':
      return `index ${step.index} on ${collection} was not made by db-core: left alone`
    case 'conflict':
      return `cannot create index ${step.index} on ${collection}: ${step.reason}`
  }
}

function describeDeclaration(
  { index, declared }: { index: string; declared?: string },
  definition: CollectionDefinition | undefined,
): string {
  const found = definition?.indexes.find(({ name }) => name === (declared ?? index))
  if (!found) return ''
  const key = Object.entries(found.key).map(([field, direction]) => `${field} ${direction}`)
  const traits = [
    found.unique && 'unique',
    found.hidden && 'hidden',
    found.expireAfterSeconds !== undefined && `expires after ${found.expireAfterSeconds} s`,
  ]
  const options = Object.keys(found.options).map((option) => (option === 'partialFilterExpression' ? 'partial' : option))
  return ` (${[key.join(', '), ...traits.filter((trait) => trait !== false), ...options].join('; ')})`
}

function describeChanges({ changes }: Extract<ReconcileStep, { kind: 'modify-index' }>): string {
  const { hidden, expireAfterSeconds, prepareUnique } = changes
  const words = [
    hidden !== undefined && (hidden ? 'hide it' : 'show it again'),
    expireAfterSeconds !== undefined &&
      (expireAfterSeconds === neverSeconds
        ? 'no more expiry (68 years, for the server cannot take it off)'
        : `expiry ${expireAfterSeconds} s`),
    prepareUnique !== undefined && 'let duplicates in again',
  ]
  return words.filter((word) => word !== false).join(', ')
}

function describeHidden({ unique, expiring }: { unique?: true; expiring?: true }): string {
  return `${unique ? '; it refuses duplicates until it is dropped' : ''}${expiring ? '; its expiry ends at once' : ''}`
}

/** What a step blocks; undefined where nothing that has rows. */
function lockOf({ kind, collection }: ReconcileStep): string | undefined {
  switch (kind) {
    case 'create-index':
    case 'await-index':
      return `${collection}: reads and writes go on while it is built, and wait a moment at its beginning and end`
    case 'set-validator':
    case 'modify-index':
    case 'hide-index':
    case 'drop-index':
      return `${collection}: reads and writes wait a moment`
    default:
      return undefined
  }
}

async function estimateRows({ driver }: Pick<MongoDatabase, 'driver'>, collection: string): Promise<number> {
  const limits = { maxTimeMS: countTimeoutMs, signal: AbortSignal.timeout(countTimeoutMs) }
  return await driver.collection(collection).estimatedDocumentCount(limits)
}

/** The server takes a validator whatever the rows are, and refuses each later change of one that breaks it. */
async function describeBroken({ driver }: Pick<MongoDatabase, 'driver'>, definition: CollectionDefinition): Promise<string> {
  const limits = { maxTimeMS: countTimeoutMs, signal: AbortSignal.timeout(countTimeoutMs) }
  const broken = await driver
    .collection(definition.name)
    .countDocuments({ $nor: [validatorOf(definition)] }, limits)
    .catch(() => undefined)
  if (broken === 0) return ': every row fits it'
  if (broken === undefined) return ': how many rows break it could not be counted in time'
  const rows =
    broken === 1
      ? '1 row breaks it, stays as it is, and cannot be changed'
      : `${broken.toLocaleString('en-US')} rows break it, stay as they are, and cannot be changed`
  return `: ${rows} until it fits`
}
