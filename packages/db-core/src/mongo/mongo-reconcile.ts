import { MongoServerError, type Document } from 'mongodb'
import { setTimeout as delay } from 'node:timers/promises'
import { ConflictError, UnsupportedError } from '../errors/repository-error.ts'
import { retryDelayMs } from '../repository/retry.ts'
import type { CollectionDefinition } from './mongo-collection.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { describeDeclared } from './mongo-index-identity.ts'
import type { ResolvedIndex } from './mongo-index-declarations.ts'
import { planCollection, validatorOf, type CollectionState, type PlanOptions, type ReconcileStep } from './mongo-index-plan.ts'

/** What was done, and what was found that db-core leaves alone. */
export interface ReconcileReport {
  readonly applied: readonly ReconcileStep[]
  readonly foreign: readonly ReconcileStep[]
}

type Database = Pick<MongoDatabase, 'driver' | 'logger'>

/** An index over many documents takes its time; the server reports no progress on the wire. Milliseconds. */
const buildTimeoutMs = 3_600_000
const stateTimeoutMs = 30_000
const duplicateCountTimeoutMs = 60_000
const attempts = 5

/** The steps that reconcileCollections would take; nothing is changed. */
export async function planCollections(
  database: Pick<MongoDatabase, 'driver'>,
  definitions: readonly CollectionDefinition[],
  options: PlanOptions = { dropHidden: false },
): Promise<ReconcileStep[]> {
  const steps: ReconcileStep[] = []
  for (const definition of definitions) {
    steps.push(...planCollection(definition, await readState(database, definition.name), options))
  }
  return steps
}

/**
 * Creates what is missing, then changes what can be changed in place, then hides what is no longer declared.
 * Nothing is hidden or dropped in a collection where something failed. Safe to run in many processes at once.
 * @throws ConflictError naming a unique index that existing rows break, UnsupportedError for a plan with a conflict
 */
export async function reconcileCollections(
  database: Database,
  definitions: readonly CollectionDefinition[],
  options: PlanOptions = { dropHidden: false },
): Promise<ReconcileReport> {
  const outcomes: Outcome[] = []
  for (const definition of definitions) outcomes.push(await reconcileOne(database, definition, options))
  const failure = outcomes.flatMap((outcome) => outcome.failures)[0]
  if (failure !== undefined) throw failure
  return { applied: outcomes.flatMap((outcome) => outcome.applied), foreign: outcomes.flatMap((outcome) => outcome.foreign) }
}

/** Lets rows through that the present validators would refuse, and logs them at the server, until the next reconcile. */
export async function relaxValidators(database: Database, definitions: readonly CollectionDefinition[]): Promise<void> {
  for (const definition of definitions) {
    const { exists } = await readState(database, definition.name)
    if (exists) await command(database, { collMod: definition.name, validationAction: 'warn' })
  }
}

interface Outcome {
  readonly applied: ReconcileStep[]
  readonly foreign: ReconcileStep[]
  readonly failures: Error[]
}

const building: ReadonlySet<ReconcileStep['kind']> = new Set(['create-collection', 'set-validator', 'create-index', 'modify-index'])
const removing: ReadonlySet<ReconcileStep['kind']> = new Set(['hide-index', 'drop-index'])

async function reconcileOne(database: Database, definition: CollectionDefinition, options: PlanOptions): Promise<Outcome> {
  const outcome: Outcome = { applied: [], foreign: [], failures: [] }
  const plan = planCollection(definition, await readState(database, definition.name), options)
  for (const step of plan) {
    if (step.kind === 'foreign-index') outcome.foreign.push(step)
    if (step.kind === 'conflict')
      outcome.failures.push(new UnsupportedError(`The index ${step.index} of ${step.collection}: ${step.reason}.`))
    if (building.has(step.kind)) await attemptStep(database, { definition, step, outcome })
  }
  if (outcome.failures.length > 0) return outcome
  await requireIndexes(database, definition, options)
  for (const step of plan) if (removing.has(step.kind)) await attemptStep(database, { definition, step, outcome })
  return outcome
}

async function requireIndexes(database: Database, definition: CollectionDefinition, options: PlanOptions): Promise<void> {
  const remaining = planCollection(definition, await readState(database, definition.name), options)
  for (const step of remaining) {
    if (step.kind === 'create-index')
      throw new UnsupportedError(`The index ${step.index} of ${definition.name} is missing although it was created.`)
  }
}

interface StepContext {
  readonly definition: CollectionDefinition
  readonly step: ReconcileStep
  readonly outcome: Outcome
}

async function attemptStep(database: Database, { definition, step, outcome }: StepContext): Promise<void> {
  try {
    await applyPatiently(database, definition, step)
    outcome.applied.push(step)
    database.logger.info({ ...step }, 'Collection reconciled')
  } catch (error) {
    outcome.failures.push(
      error instanceof Error ? error : new UnsupportedError('The collection could not be reconciled.', { cause: error }),
    )
  }
}

/** The server refuses to change a collection while another process builds an index on it. */
async function applyPatiently(database: Database, definition: CollectionDefinition, step: ReconcileStep): Promise<void> {
  for (let tried = 0; ; tried += 1) {
    try {
      return await applyStep(database, definition, step)
    } catch (error) {
      if (!(error instanceof MongoServerError) || !busyCodes.has(Number(error.code)) || tried >= attempts) throw error
      await delay(200 + retryDelayMs(tried))
    }
  }
}

/** ConflictingOperationInProgress, BackgroundOperationInProgressForDatabase, ...ForNamespace, IndexBuildAlreadyInProgress */
const busyCodes: ReadonlySet<number> = new Set([117, 12586, 12587, 315])

async function applyStep(database: Database, definition: CollectionDefinition, step: ReconcileStep): Promise<void> {
  const { name } = definition
  switch (step.kind) {
    case 'create-collection':
      return await createCollection(database, definition)
    case 'set-validator':
      return await command(database, {
        collMod: name,
        validator: validatorOf(definition),
        validationLevel: 'strict',
        validationAction: 'error',
      })
    case 'create-index':
      return await createIndex(database, definition, step.index)
    case 'modify-index':
      return await command(database, { collMod: name, index: { name: step.index, ...step.changes } })
    case 'hide-index':
      return await command(database, { collMod: name, index: { name: step.index, hidden: true } })
    case 'drop-index':
      return await command(database, { dropIndexes: name, index: step.index })
    case 'foreign-index':
    case 'conflict':
      return undefined
  }
}

const namespaceExists = 48

async function createCollection(database: Database, definition: CollectionDefinition): Promise<void> {
  try {
    await command(database, {
      create: definition.name,
      validator: validatorOf(definition),
      validationLevel: 'strict',
      validationAction: 'error',
    })
  } catch (error) {
    // Another process was quicker.
    if (!(error instanceof MongoServerError) || error.code !== namespaceExists) throw error
  }
}

async function createIndex(database: Database, definition: CollectionDefinition, name: string): Promise<void> {
  const index = definition.indexes.find((declared) => declared.name === name)
  if (!index) throw new UnsupportedError(`${definition.name} declares no index ${name}.`)
  try {
    await command(database, { createIndexes: definition.name, indexes: [describeDeclared(index)], commitQuorum: 'votingMembers' })
  } catch (error) {
    if (!(error instanceof MongoServerError) || error.code !== 11000) throw error
    throw await duplicatesError(database, { definition, index, cause: error })
  }
}

/** How many keys are taken more than once; never which. */
async function duplicatesError(
  database: Database,
  { definition, index, cause }: { definition: CollectionDefinition; index: ResolvedIndex; cause: unknown },
): Promise<ConflictError> {
  const key = Object.fromEntries(Object.keys(index.key).map((field, position) => [`k${position}`, `$${field}`]))
  const stages = [
    { $match: index.options['partialFilterExpression'] ?? {} },
    { $group: { _id: key, rows: { $sum: 1 } } },
    { $match: { rows: { $gt: 1 } } },
    { $group: { _id: null, keys: { $sum: 1 }, rows: { $sum: '$rows' } } },
  ]
  const limits = { allowDiskUse: true, maxTimeMS: duplicateCountTimeoutMs, signal: AbortSignal.timeout(duplicateCountTimeoutMs) }
  const [found] = await database.driver.collection(definition.name).aggregate(stages, limits).toArray()
  const { keys = 0, rows = 0 } = { ...found }
  return new ConflictError(
    `The unique index ${index.name} of ${definition.name} cannot be built: ${keys} keys are shared by ${rows} rows`,
    {
      entity: definition.name,
      fields: index.fields,
      constraint: index.name,
      cause,
    },
  )
}

async function command(database: Database, document: Document): Promise<void> {
  // The option is the driver's own, and its types leave it out: without it a long build ends at the client's socket timeout.
  const limits = { socketTimeoutMS: buildTimeoutMs, signal: AbortSignal.timeout(buildTimeoutMs) }
  await database.driver.command({ ...document, maxTimeMS: buildTimeoutMs }, limits)
}

async function readState({ driver }: Pick<MongoDatabase, 'driver'>, name: string): Promise<CollectionState> {
  const limits = { maxTimeMS: stateTimeoutMs, signal: AbortSignal.timeout(stateTimeoutMs) }
  const [info] = await driver.listCollections({ name }, { nameOnly: false, ...limits }).toArray()
  if (!info) return { exists: false, options: {}, indexes: [] }
  const indexes = await driver.collection(name).listIndexes(limits).toArray()
  return { exists: true, options: info.options ?? {}, indexes }
}
