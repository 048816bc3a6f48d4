import type { CollectionDefinition } from '../../mongo/mongo-collection.ts'
import type { MongoDatabase } from '../../mongo/mongo-database.ts'
import { translateMongoErrors } from '../../mongo/mongo-errors.ts'
import type { MongoLease } from '../../mongo/mongo-lease.ts'
import { planCollections, reconcileCollections } from '../../mongo/mongo-reconcile.ts'
import { compareCatalogs } from '../catalog/catalog.ts'
import { MigrationError } from '../store/migration-error.ts'
import type { PlannedStatement, StepContext } from '../store/migration-store.ts'
import { describeStep } from './describe-mongo-steps.ts'
import { indexObject, readMongoCatalog } from './mongo-catalog.ts'
import { acceptDeclared, acceptOwned, readDeclared } from './mongo-recorded-catalog.ts'
import type { MongoRecords } from './mongo-records.ts'

export interface AfterwardsRun {
  readonly database: MongoDatabase
  readonly definitions: readonly CollectionDefinition[]
  readonly records: MongoRecords
  readonly hiddenIndexHours: number
}

/** What is left to do to validators and indexes, and what is only to know about them. */
export async function planAfterwards(run: AfterwardsRun): Promise<PlannedStatement[]> {
  const { database, definitions } = run
  const options = await dropOptions(run)
  return await translateMongoErrors(async () => {
    const planned: PlannedStatement[] = []
    for (const step of await planCollections(database, definitions, options)) planned.push(await describeStep(database, definitions, step))
    return planned
  })
}

/** Reconciles validators and indexes, and remembers what they are then. @throws MigrationError naming what could not be done */
export async function runAfterwards(run: AfterwardsRun, lease: MongoLease, { log }: StepContext): Promise<void> {
  const { database, definitions } = run
  const options = await dropOptions(run)
  const onStep = async (step: Parameters<typeof describeStep>[2]) => {
    await lease.requireHeld()
    log((await describeStep(database, definitions, step)).text)
  }
  try {
    await translateMongoErrors(() => reconcileCollections(database, definitions, { ...options, onStep }))
  } catch (error) {
    throw new MigrationError(error instanceof Error ? error.message : 'The collections could not be reconciled.', { cause: error })
  } finally {
    if (!lease.signal.aborted) await rememberStructure(run)
  }
}

/** A hidden index is dropped when its hours are over; the hours begin when a run has remembered that it is hidden. */
async function dropOptions({ records, hiddenIndexHours }: AfterwardsRun) {
  const { hiddenAt } = await records.readFacts()
  const latest = Date.now() - hiddenIndexHours * 3_600_000
  const mayDrop = (collection: string, index: string) => {
    const since = hiddenAt.get(indexObject(collection, index))
    return since !== undefined && since.getTime() <= latest
  }
  return { dropHidden: true, mayDrop }
}

async function rememberStructure({ database, definitions, records }: AfterwardsRun): Promise<void> {
  const live = await readMongoCatalog(database)
  const { catalog: recorded, hiddenAt } = await records.readFacts()
  const declared = await readDeclared(database, definitions)
  // What was there before the first run of all is taken as it is.
  const next = recorded === undefined ? live : acceptOwned(acceptDeclared(recorded, live, declared), live, definitions)
  const hidden = await hiddenObjects(database, definitions)
  const times = new Map<string, Date | undefined>()
  for (const object of hidden) if (!hiddenAt.has(object)) times.set(object, new Date())
  for (const object of hiddenAt.keys()) if (!hidden.has(object) && object in next) times.set(object, undefined)
  await records.write((tx) => records.changeFacts(tx, compareCatalogs(recorded ?? {}, next), times))
}

async function hiddenObjects(database: MongoDatabase, definitions: readonly CollectionDefinition[]): Promise<ReadonlySet<string>> {
  const steps = await planCollections(database, definitions, { dropHidden: false })
  return new Set(steps.flatMap((step) => (step.kind === 'kept-index' ? [indexObject(step.collection, step.index)] : [])))
}
