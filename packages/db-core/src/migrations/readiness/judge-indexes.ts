import type { CollectionDefinition } from '../../mongo/mongo-collection.ts'
import { listIndexes, readCollectionState, type CollectionState } from '../../mongo/mongo-collection-state.ts'
import type { MongoDatabase } from '../../mongo/mongo-database.ts'
import { translateMongoErrors } from '../../mongo/mongo-errors.ts'
import { planCollection, type ReconcileStep } from '../../mongo/mongo-index-plan.ts'
import { listOf } from './judge-records.ts'

type MongoReader = Pick<MongoDatabase, 'driver'>

/**
 * Asks why code with these collections may not work: one is missing, or one of its indexes is missing or still being built. A declared
 * index that is hidden, or that another release's text index is in the way of, is that release's doing, and is lived with.
 * @throws RepositoryError
 */
export function judgeIndexes(database: MongoReader, collections: readonly CollectionDefinition[]): () => Promise<string | undefined> {
  const readState = rememberCollations(database)
  const planOf = async (definition: CollectionDefinition) =>
    planCollection(definition, await readState(definition), { dropHidden: false, onlyMissing: true })
  return async () => {
    const plans = await translateMongoErrors(() => Promise.all(collections.map(planOf)))
    const lacking = plans.flatMap(shortcomings)
    return lacking.length === 0 ? undefined : `The database lacks what this release needs: ${listOf(lacking)}. Run the migrations.`
  }
}

/** Reads the state of a collection wholly at first, then by one command: what the server makes of a collation does not change. */
function rememberCollations(database: MongoReader): (definition: CollectionDefinition) => Promise<CollectionState> {
  const known = new Map<CollectionDefinition, CollectionState['collations']>()
  return async (definition) => {
    const collations = known.get(definition)
    const listed = collations && (await listIndexes(database, definition.name))
    if (collations && listed && listed.indexes.length > 0) return { exists: true, options: {}, ...listed, collations }
    const state = await readCollectionState(database, definition)
    known.set(definition, state.collations)
    return state
  }
}

function shortcomings(plan: readonly ReconcileStep[]): string[] {
  const absent = plan.find(({ kind }) => kind === 'create-collection')
  return absent ? [`the collection ${absent.collection} is missing`] : plan.flatMap(shortcoming)
}

function shortcoming(step: ReconcileStep): string[] {
  if (step.kind === 'create-index') return [`the index ${step.index} of ${step.collection} is missing`]
  return step.kind === 'await-index' ? [`the index ${step.index} of ${step.collection} is being built`] : []
}
