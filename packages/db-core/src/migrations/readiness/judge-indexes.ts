import type { CollectionDefinition } from '../../mongo/mongo-collection.ts'
import { readCollectionState } from '../../mongo/mongo-collection-state.ts'
import type { MongoDatabase } from '../../mongo/mongo-database.ts'
import { translateMongoErrors } from '../../mongo/mongo-errors.ts'
import { planCollection, type ReconcileStep } from '../../mongo/mongo-index-plan.ts'
import { listOf } from './judge-records.ts'

/**
 * Why code with these collections may not work: one is missing, or one of its indexes is missing or still being built. A declared index
 * that is hidden, or that another release's text index is in the way of, is that release's doing, and is lived with. @throws RepositoryError
 */
export async function judgeIndexes(
  database: Pick<MongoDatabase, 'driver'>,
  collections: readonly CollectionDefinition[],
): Promise<string | undefined> {
  const plans = await translateMongoErrors(() => Promise.all(collections.map((definition) => planOf(database, definition))))
  const lacking = plans.flatMap(shortcomings)
  return lacking.length === 0 ? undefined : `The database lacks what this release needs: ${listOf(lacking)}. Run the migrations.`
}

async function planOf(database: Pick<MongoDatabase, 'driver'>, definition: CollectionDefinition): Promise<ReconcileStep[]> {
  return planCollection(definition, await readCollectionState(database, definition), { dropHidden: false, onlyMissing: true })
}

function shortcomings(plan: readonly ReconcileStep[]): string[] {
  const absent = plan.find(({ kind }) => kind === 'create-collection')
  return absent ? [`the collection ${absent.collection} is missing`] : plan.flatMap(shortcoming)
}

function shortcoming(step: ReconcileStep): string[] {
  if (step.kind === 'create-index') return [`the index ${step.index} of ${step.collection} is missing`]
  return step.kind === 'await-index' ? [`the index ${step.index} of ${step.collection} is being built`] : []
}
