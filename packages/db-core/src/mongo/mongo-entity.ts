import { UnsupportedError } from '../errors/repository-error.ts'
import type { EntityShape } from '../mixins/traits.ts'
import type { Relations } from '../relations/relation.ts'
import type { CollectionDefinition } from './mongo-collection.ts'

interface EntityOptions {
  readonly relations?: Relations | undefined
  readonly searchFields?: readonly string[] | undefined
}

/** A collection together with what its repository was told. @throws UnsupportedError for a search field that holds no text */
export function entityOf(definition: CollectionDefinition, { relations, searchFields }: EntityOptions): EntityShape {
  const { name, fieldNames, traits, fields } = definition
  const wrong = searchFields?.find((field) => field === 'id' || fields.get(field)?.type !== 'string')
  if (wrong !== undefined) throw new UnsupportedError(`${name} cannot be searched by ${wrong}, which holds no text.`, { entity: name })
  return Object.freeze({ name, fieldNames, traits, keyField: 'id', relations, searchFields })
}
