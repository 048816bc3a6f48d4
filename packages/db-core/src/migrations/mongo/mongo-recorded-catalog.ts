import { readCollectionState } from '../../mongo/mongo-collection-state.ts'
import type { CollectionDefinition } from '../../mongo/mongo-collection.ts'
import type { MongoDatabase } from '../../mongo/mongo-database.ts'
import { ownedPrefix } from '../../mongo/mongo-index-declarations.ts'
import { isDeclared, planCollection } from '../../mongo/mongo-index-plan.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { indexObject, isValidatorObject } from './mongo-catalog.ts'

/** What of the live structure is exactly as the collections declare it, whoever made it: a replica's boot, another run, a person. */
export interface Declared {
  /** Objects of the catalog. */
  readonly objects: ReadonlySet<string>
  /** Collections whose validator is the declared one. */
  readonly validators: readonly string[]
}

/** What is as declared is never drift, so the live facts stand for the recorded ones there. */
export function acceptDeclared(recorded: Catalog, live: Catalog, { objects, validators }: Declared): Catalog {
  // The options of a collection are not declared, so what is recorded of them stays.
  const isNew = (object: string) => !object.startsWith('collection ') || recorded[object] === undefined
  const isCovered = (object: string) =>
    (objects.has(object) && isNew(object)) || validators.some((collection) => isValidatorObject(object, collection))
  return replaced(recorded, live, isCovered)
}

/** After a reconcile the hidden and dropped indexes of db-core are as they should be, too. */
export function acceptOwned(recorded: Catalog, live: Catalog, definitions: readonly CollectionDefinition[]): Catalog {
  return replaced(recorded, live, (object) => definitions.some(({ name }) => object.startsWith(indexObject(name, ownedPrefix))))
}

/** The live facts where they are covered, the recorded ones elsewhere. */
function replaced(recorded: Catalog, live: Catalog, isCovered: (object: string) => boolean): Catalog {
  const kept = Object.entries(recorded).filter(([object]) => !isCovered(object))
  const taken = Object.entries(live).filter(([object]) => isCovered(object))
  return Object.fromEntries([...kept, ...taken])
}

export async function readDeclared(
  database: Pick<MongoDatabase, 'driver'>,
  definitions: readonly CollectionDefinition[],
): Promise<Declared> {
  const objects = new Set<string>()
  const validators: string[] = []
  for (const definition of definitions) {
    const state = await readCollectionState(database, definition)
    if (!state.exists) continue
    const { name } = definition
    const steps = planCollection(definition, state, { dropHidden: false })
    objects.add(`collection ${name}`)
    if (!steps.some(({ kind }) => kind === 'set-validator')) validators.push(name)
    const modified = new Set(steps.flatMap((step) => (step.kind === 'modify-index' ? [step.index] : [])))
    const declared = state.indexes.filter((index) => isDeclared(definition, index, state))
    for (const index of declared) if (!modified.has(String(index['name']))) objects.add(indexObject(name, String(index['name'])))
  }
  return { objects, validators }
}
