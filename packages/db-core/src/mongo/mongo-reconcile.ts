import { ConflictError, UnsupportedError } from '../errors/repository-error.ts'
import { readCollectionState } from './mongo-collection-state.ts'
import type { CollectionDefinition } from './mongo-collection.ts'
import type { MongoHandle } from './mongo-handle.ts'
import { duplicatesError } from './mongo-duplicates.ts'
import { describeDeclared } from './mongo-index-identity.ts'
import { neverSeconds, planCollection, validatorOf, type PlanOptions, type ReconcileStep } from './mongo-index-plan.ts'
import { isServerError, structureCommand } from './mongo-structure-command.ts'

/** What was done, and what was found that db-core leaves alone: foreign indexes, and at a boot conflicts. */
export interface ReconcileReport {
  readonly applied: readonly ReconcileStep[]
  readonly foreign: readonly ReconcileStep[]
}

export interface ReconcileOptions extends PlanOptions {
  /** Told of each step before it begins; throw here to stop. */
  readonly onStep?: (step: ReconcileStep) => void | Promise<void>
}

/** The steps that reconcileCollections would take; nothing is changed. */
export async function planCollections(
  database: Pick<MongoHandle, 'driver'>,
  definitions: readonly CollectionDefinition[],
  options: PlanOptions = { dropHidden: false },
): Promise<ReconcileStep[]> {
  const steps: ReconcileStep[] = []
  for (const definition of definitions) {
    steps.push(...planCollection(definition, await readCollectionState(database, definition), options))
  }
  return steps
}

/**
 * Creates what is missing, then changes what can be changed in place, then hides what is no longer declared.
 * Nothing is hidden or dropped in a collection where something failed. Safe to run in many processes at once.
 * @throws ConflictError naming a unique index that existing rows break, UnsupportedError for a plan with a conflict
 */
export async function reconcileCollections(
  database: MongoHandle,
  definitions: readonly CollectionDefinition[],
  options: ReconcileOptions = { dropHidden: false },
): Promise<ReconcileReport> {
  const outcomes: Outcome[] = []
  for (const definition of definitions) outcomes.push(await reconcileOne(database, definition, options))
  const failure = outcomes.flatMap((outcome) => outcome.failures)[0]
  if (failure !== undefined) throw failure
  return { applied: outcomes.flatMap((outcome) => outcome.applied), foreign: outcomes.flatMap((outcome) => outcome.foreign) }
}

interface Outcome {
  readonly applied: ReconcileStep[]
  readonly foreign: ReconcileStep[]
  readonly failures: Error[]
}

const building: ReadonlySet<ReconcileStep['kind']> = new Set([
  'create-collection',
  'set-validator',
  'create-index',
  'await-index',
  'modify-index',
])
const removing: ReadonlySet<ReconcileStep['kind']> = new Set(['hide-index', 'drop-index'])

async function reconcileOne(database: MongoHandle, definition: CollectionDefinition, options: ReconcileOptions): Promise<Outcome> {
  const outcome: Outcome = { applied: [], foreign: [], failures: [] }
  const plan = planCollection(definition, await readCollectionState(database, definition), options)
  for (const step of plan) {
    if (step.kind === 'foreign-index') outcome.foreign.push(step)
    if (step.kind === 'conflict') reportConflict(database, step, { options, outcome })
    if (building.has(step.kind)) await attemptStep(database, { definition, step, outcome, options })
  }
  if (outcome.failures.length === 0) outcome.failures.push(...(await missingIndexes(database, definition, options)))
  if (outcome.failures.length > 0) return outcome
  for (const step of plan) if (removing.has(step.kind)) await attemptStep(database, { definition, step, outcome, options })
  return outcome
}

/** A replica must be able to start beside another release, whose index is in the way of its own. */
function reportConflict(
  database: MongoHandle,
  step: Extract<ReconcileStep, { kind: 'conflict' }>,
  { options, outcome }: { options: ReconcileOptions; outcome: Outcome },
): void {
  if (options.onlyMissing === true) {
    outcome.foreign.push(step)
    database.logger.warn({ ...step }, 'An index is missing')
  } else outcome.failures.push(new UnsupportedError(`The index ${step.index} of ${step.collection} cannot be built: ${step.reason}.`))
}

async function missingIndexes(database: MongoHandle, definition: CollectionDefinition, options: PlanOptions): Promise<Error[]> {
  const remaining = planCollection(definition, await readCollectionState(database, definition), options)
  return remaining.flatMap((step) =>
    step.kind === 'create-index' || step.kind === 'await-index'
      ? [new UnsupportedError(`The index ${step.index} of ${definition.name} is missing although it was created.`)]
      : [],
  )
}

interface StepContext {
  readonly definition: CollectionDefinition
  readonly step: ReconcileStep
  readonly outcome: Outcome
  readonly options: ReconcileOptions
}

async function attemptStep(database: MongoHandle, { definition, step, outcome, options }: StepContext): Promise<void> {
  await options.onStep?.(step)
  try {
    await applyStep(database, definition, step)
    outcome.applied.push(step)
    database.logger.info({ ...step }, 'Collection reconciled')
  } catch (error) {
    outcome.failures.push(
      error instanceof Error ? error : new UnsupportedError('The collection could not be reconciled.', { cause: error }),
    )
  }
}

async function applyStep(database: MongoHandle, definition: CollectionDefinition, step: ReconcileStep): Promise<void> {
  const { name } = definition
  switch (step.kind) {
    case 'create-collection':
      return await createCollection(database, definition)
    case 'set-validator':
      return await structureCommand(database, { collMod: name, ...validation(definition) })
    case 'create-index':
    case 'await-index':
      return await createIndex(database, definition, step)
    case 'modify-index':
      return await structureCommand(database, { collMod: name, index: { name: step.index, ...step.changes } })
    case 'hide-index': {
      const expiry = step.expiring === true && { expireAfterSeconds: neverSeconds }
      return await structureCommand(database, { collMod: name, index: { name: step.index, hidden: true, ...expiry } })
    }
    case 'drop-index':
      return await structureCommand(database, { dropIndexes: name, index: step.index })
    case 'kept-index':
    case 'building-index':
    case 'foreign-index':
    case 'conflict':
      return undefined
  }
}

function validation(definition: CollectionDefinition) {
  return { validator: validatorOf(definition), validationLevel: 'strict', validationAction: 'error' }
}

const namespaceExists = 48
const duplicateKey = 11000
const indexOptionsConflict = 85
const indexKeySpecsConflict = 86

async function createCollection(database: MongoHandle, definition: CollectionDefinition): Promise<void> {
  try {
    await structureCommand(database, { create: definition.name, ...validation(definition) })
  } catch (error) {
    // Another process was quicker.
    if (!isServerError(error, namespaceExists)) throw error
  }
}

interface IndexStep {
  readonly index: string
  readonly declared?: string
}

/** A build that another process has begun is joined: the command returns when that is done, and begins anew where it failed. */
async function createIndex(database: MongoHandle, definition: CollectionDefinition, step: IndexStep): Promise<void> {
  const index = definition.indexes.find((candidate) => candidate.name === (step.declared ?? step.index))
  if (!index) throw new UnsupportedError(`${definition.name} declares no index ${step.index}.`)
  // A collection may have a collation of its own, which an index without one would take over.
  const spec = { collation: { locale: 'simple' }, ...describeDeclared(index), name: step.index }
  try {
    await structureCommand(database, { createIndexes: definition.name, indexes: [spec], commitQuorum: 'votingMembers' })
  } catch (error) {
    if (isServerError(error, duplicateKey)) throw await duplicatesError(database, { definition, index, cause: error })
    if (!isServerError(error, indexOptionsConflict) && !isServerError(error, indexKeySpecsConflict)) throw error
    const next = await planAgain(database, definition, index.name)
    if (next === undefined) return
    if (next.index === step.index) throw conflictError(definition, step.index, error)
    await createIndex(database, definition, next)
  }
}

interface IndexStep {
  readonly index: string
  readonly declared?: string
}

/** Since the plan was made another process has built the same index under another name, or has taken the name for another index. */
async function planAgain(database: MongoHandle, definition: CollectionDefinition, declared: string): Promise<IndexStep | undefined> {
  const steps = planCollection(definition, await readCollectionState(database, definition), { dropHidden: false, onlyMissing: true })
  const building = steps.flatMap((step) => (step.kind === 'create-index' || step.kind === 'await-index' ? [step] : []))
  return building.find((step) => (step.declared ?? step.index) === declared)
}

function conflictError({ name }: CollectionDefinition, index: string, cause: unknown): ConflictError {
  const found = 'the server holds another index of the same keys or name for the same one: drop that, or declare it as it is'
  return new ConflictError(`The index ${index} of ${name} cannot be built: ${found}.`, { entity: name, constraint: index, cause })
}
