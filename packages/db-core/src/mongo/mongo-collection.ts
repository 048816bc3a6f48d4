import type { ObjectId, UUID } from 'mongodb'
import type { z } from 'zod'
import { UnsupportedError } from '../errors/repository-error.ts'
import { readTraits, tenantField, type EntityTraits } from '../mixins/traits.ts'
import type { ManagedField } from '../repository/repository.ts'
import { readFields, type FieldTraits } from './mongo-fields.ts'
import { resolveIndexes, type IndexDeclaration, type ResolvedIndex } from './mongo-index-declarations.ts'
import { toMongoSchema, type JsonSchema } from './mongo-json-schema.ts'
import { isKeyKind, keyCodecs, type KeyCodec, type KeyKind } from './mongo-keys.ts'

/** A zod object whose `id` comes from objectIdKey, uuidKey or stringKey. */
export type CollectionSchema = z.ZodObject<{ id: z.ZodString | z.ZodGUID } & z.core.$ZodLooseShape>

/** A collection: its rows, what the server checks, and its indexes. */
export interface CollectionDefinition<Schema extends CollectionSchema = CollectionSchema> {
  readonly name: string
  readonly schema: Schema
  readonly fields: ReadonlyMap<string, FieldTraits>
  readonly fieldNames: ReadonlySet<string>
  /** The fields that have a value when a new row does not give one. */
  readonly fallbacks: readonly { readonly name: string; readonly fallback: () => unknown }[]
  readonly traits: EntityTraits
  readonly key: KeyCodec
  readonly jsonSchema: JsonSchema
  readonly indexes: readonly ResolvedIndex[]
}

/** A row as the domain sees it: `id` is a text. */
export type RowOf<Definition extends CollectionDefinition> = z.output<Definition['schema']>

/** A document as it is stored: `_id` instead of `id`. */
export type DocumentOf<Definition extends CollectionDefinition> = Omit<RowOf<Definition>, 'id'> & { _id: KeyOf<Definition> }

type KeyOf<Definition extends CollectionDefinition> =
  KindOf<Definition> extends 'objectId' ? ObjectId : KindOf<Definition> extends 'uuid' | 'randomUuid' ? UUID : string

type KindOf<Definition extends CollectionDefinition> = Definition['schema']['shape']['id'] extends { keyKind: infer Kind } ? Kind : 'string'

type Managed = ManagedField | 'tenantId'
type Input<Definition extends CollectionDefinition> = z.input<Definition['schema']>
type Simplify<Type> = { [Field in keyof Type]: Type[Field] }

/** Fields of a new row that may be left out: those with `null` as a value, a slug that is made of another field, and a key that is made at the insert. */
type Omittable<Definition extends CollectionDefinition> =
  | { [Field in keyof Input<Definition>]: null extends Input<Definition>[Field] ? Field : never }[keyof Input<Definition>]
  | SlugOf<Definition>
  | (KindOf<Definition> extends 'string' ? never : 'id')

type SlugOf<Definition extends CollectionDefinition> = Definition['schema']['shape'] extends { slug: { slugFrom: string } } ? 'slug' : never

/** What `create` takes. */
export type CreateOf<Definition extends CollectionDefinition> = Simplify<
  Omit<Input<Definition>, Managed | Omittable<Definition>> & Partial<Pick<Input<Definition>, Exclude<Omittable<Definition>, Managed>>>
>

/** What `update` takes: `undefined` leaves a field alone, `null` in an optional field removes it. */
export type PatchOf<Definition extends CollectionDefinition> = {
  [Field in Exclude<keyof RowOf<Definition>, Managed | 'id'>]?:
    | RowOf<Definition>[Field]
    | (undefined extends RowOf<Definition>[Field] ? null : never)
    | undefined
}

export interface CollectionInput<Schema extends CollectionSchema> {
  readonly name: string
  readonly schema: Schema
  readonly indexes?: readonly IndexDeclaration[]
}

/** Derives everything that db-core needs from one schema; nothing is read from the database. */
export function defineCollection<const Schema extends CollectionSchema>(input: CollectionInput<Schema>): CollectionDefinition<Schema> {
  const { name, schema } = input
  const fields = readFields(schema)
  const fieldNames = new Set(fields.keys())
  if (fieldNames.has('_id')) throw new UnsupportedError(`${name} declares _id; its rows have id.`)
  const traits = { ...readTraits(fieldNames), slugFrom: slugFromOf(schema.shape, name) }
  const kind = keyKindOf(schema.shape.id)
  return Object.freeze({
    name,
    schema,
    fields,
    fieldNames,
    fallbacks: [...fields].flatMap(([field, { fallback }]) => (fallback ? [{ name: field, fallback }] : [])),
    traits,
    key: keyCodecs[kind],
    jsonSchema: toMongoSchema(schema, kind),
    indexes: resolveIndexes([...(input.indexes ?? []), ...slugIndex(input.indexes ?? [], traits)], { collection: name, fields, traits }),
  })
}

function keyKindOf(id: object): KeyKind {
  return 'keyKind' in id && isKeyKind(id.keyKind) ? id.keyKind : 'string'
}

/** The field that slugs are made of; see the mixin `slug`. */
function slugFromOf(shape: Readonly<Record<string, z.core.$ZodType>>, collection: string): string | undefined {
  const field = shape['slug']
  if (field === undefined || !('slugFrom' in field) || typeof field.slugFrom !== 'string') return undefined
  if (field.slugFrom in shape) return field.slugFrom
  throw new UnsupportedError(`The slug of ${collection} is made of a field that it does not have.`)
}

/** Slugs are allocated by their unique key, so there is one, declared or not. */
function slugIndex(declared: readonly IndexDeclaration[], { slugFrom, tenant }: EntityTraits): IndexDeclaration[] {
  if (slugFrom === undefined) return []
  const key: IndexDeclaration['key'] = tenant ? { [tenantField]: 1, slug: 1 } : { slug: 1 }
  const wanted = Object.keys(key).toSorted().join()
  const exists = declared.some((index) => index.unique && Object.keys(index.key).toSorted().join() === wanted)
  return exists ? [] : [{ key, unique: true }]
}
