import type { Filter, SortKey } from '../filters/filter.ts'
import type { EntityShape } from '../mixins/traits.ts'
import type { ReadOptions, Reader, StreamOptions } from '../repository/repository.ts'

/** A repository whose row type is not known: what relations are followed through, whatever the store. */
export interface RelatedReader {
  readonly entity: EntityShape
  getMany(ids: readonly unknown[], options?: ReadOptions): Promise<object[]>
  stream(query?: { readonly where?: unknown; readonly orderBy?: readonly unknown[] }, options?: StreamOptions): AsyncIterable<object>
}

/** A named way from one row to others. The target is given as a function, so that two repositories may name each other. */
export interface Relation<Row = unknown, Many extends boolean = boolean, Related = unknown> {
  readonly kind: 'belongsTo' | 'hasOne' | 'hasMany' | 'manyToMany'
  /** The field of this row that is compared; undefined for its key. */
  readonly localField: string | undefined
  /** The field of the target (of `through` for manyToMany) that is compared; undefined for its key. */
  readonly targetField: string | undefined
  target(): RelatedReader
  /** The rows between, of which `targetField` names this row and `throughField` the target. */
  readonly through?: { reader(): RelatedReader; readonly throughField: string }
  readonly orderBy?: readonly { readonly field: string; readonly direction: 'asc' | 'desc' }[]
  /** Never set: carries the types of the target. */
  readonly types?: { readonly row: Row; readonly many: Many; readonly related: Related }
}

/** Written as a `type`, for an interface has no index signature: `type OrderRelations = { readonly buyer: ToOne<UserRepository> }`. */
export type Relations = Readonly<Record<string, Relation>>

export type NoRelations = Readonly<Record<never, Relation>>

/** The type of a `belongsTo` or `hasOne`, by the class of the target; two repositories may name each other. */
export type ToOne<Target> = Relation<RowOf<Target>, false, RelatedOf<Target>>

/** The type of a `hasMany` or `manyToMany`, by the class of the target. */
export type ToMany<Target> = Relation<RowOf<Target>, true, RelatedOf<Target>>

type RowOf<Target> = Target extends { getMany(ids: never): Promise<(infer Row)[]> } ? Row : never

type RelatedOf<Target> = Target extends { exists(where: Filter<infer _Row, infer Related>): Promise<boolean> } ? Related : never

/** What a repository is told about its relations: a field that names another row is a field of this one. */
export type RelationsOfRow<Related extends Relations, Row> = {
  readonly [Name in keyof Related]: Related[Name] & { readonly localField: (keyof Row & string) | undefined }
}

/** Which relations to load, and which of theirs. */
export type IncludeSpec<Related> = {
  readonly [Name in keyof Related]?:
    | true
    | (Related[Name] extends Relation<infer _Row, infer _Many, infer Next> ? IncludeSpec<Next> : never)
}

/** The same spec, without a place for a name that is no relation. */
export type KnownIncludes<Related, Spec> = {
  readonly [Name in keyof Spec]: Name extends keyof Related
    ? Related[Name] extends Relation<infer _Row, infer _Many, infer Next>
      ? Spec[Name] extends true
        ? true
        : KnownIncludes<Next, Spec[Name]>
      : never
    : never
}

/** What `including` adds to a row: a list for many, a row or null for one. */
export type Included<Related, Spec> = Spec extends true
  ? unknown
  : {
      readonly [Name in keyof Spec & keyof Related]: Related[Name] extends Relation<infer Row, infer Many, infer Next>
        ? Many extends true
          ? (Row & Included<Next, Spec[Name]>)[]
          : (Row & Included<Next, Spec[Name]>) | null
        : never
    }

/** This row names its target's key in `field`. */
export function belongsTo<Row extends object, Related extends Relations, const Field extends string>(
  target: () => Reader<Row, never, Related>,
  field: Field,
): Relation<Row, false, Related> & { readonly localField: Field } {
  return { kind: 'belongsTo', localField: field, targetField: undefined, target: () => target() }
}

/** At most one row of the target names this row's key in `field`. */
export function hasOne<Row extends object, Related extends Relations>(
  target: () => Reader<Row, never, Related>,
  field: keyof Row & string,
): Relation<Row, false, Related> & ByKey {
  return { kind: 'hasOne', localField: undefined, targetField: field, target: () => target() }
}

/** Rows of the target name this row's key in `field`; they come in `orderBy` order. */
export function hasMany<Row extends object, Related extends Relations>(
  target: () => Reader<Row, never, Related>,
  field: keyof Row & string,
  options: { readonly orderBy?: readonly SortKey<Row>[] } = {},
): Relation<Row, true, Related> & ByKey {
  return { kind: 'hasMany', localField: undefined, targetField: field, target: () => target(), ...options }
}

/** Rows of `through` name this row in `field` and the target in `throughField`. */
export function manyToMany<Row extends object, Related extends Relations, Between extends object, BetweenRelated extends Relations>(
  target: () => Reader<Row, never, Related>,
  through: {
    readonly reader: () => Reader<Between, never, BetweenRelated>
    readonly field: keyof Between & string
    readonly throughField: keyof Between & string
  },
  options: { readonly orderBy?: readonly SortKey<Row>[] } = {},
): Relation<Row, true, Related> & ByKey {
  const { reader, field, throughField } = through
  return {
    kind: 'manyToMany',
    localField: undefined,
    targetField: field,
    target: () => target(),
    through: { reader: () => reader(), throughField },
    ...options,
  }
}

interface ByKey {
  readonly localField: undefined
}
