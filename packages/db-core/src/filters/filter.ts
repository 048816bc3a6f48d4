import type { NoRelations, Relation } from '../relations/relation.ts'

/** Values that can be compared and sorted on every store. */
export type Scalar = string | number | bigint | boolean | Date

/** Comparisons of one field. Two or more of them in one object are joined by AND. */
export interface FieldConditions<Value> {
  readonly eq?: Value
  readonly ne?: Value
  readonly gt?: Value
  readonly gte?: Value
  readonly lt?: Value
  readonly lte?: Value
  /** An empty list matches no row. */
  readonly in?: readonly Value[]
  /** An empty list matches every row. */
  readonly notIn?: readonly Value[]
  /** Both ends belong to the range. */
  readonly between?: readonly [Value, Value]
  readonly isNull?: true
  readonly isNotNull?: true
}

/** Comparisons of text; the text is always taken literally, never as a pattern. */
export interface TextConditions extends FieldConditions<string> {
  readonly contains?: string
  readonly startsWith?: string
  readonly endsWith?: string
  /** Applies to every comparison beside it. */
  readonly ignoreCase?: true
}

export type Conditions<Value> = [NonNullable<Value>] extends [string]
  ? TextConditions
  : NonNullable<Value> extends Scalar
    ? FieldConditions<NonNullable<Value>>
    : Pick<FieldConditions<never>, 'isNull' | 'isNotNull'>

/**
 * A closed filter with the same truth table on every store.
 * Logic is two-valued: a comparison with a missing value is false, and `ne`, `notIn` and `not` are the exact complements of
 * `eq`, `in` and their filter, so they match missing values. Several fields in one object are joined by AND.
 * `undefined` anywhere, an unknown field, an unknown operator, and an empty condition are InvalidFilter before any I/O.
 */
export type Filter<Row, Related = NoRelations> =
  | { readonly [Field in keyof Row & string]?: Conditions<Row[Field]> }
  | { readonly and: readonly Filter<Row, Related>[] }
  | { readonly or: readonly Filter<Row, Related>[] }
  | { readonly not: Filter<Row, Related> }
  /** At least one live row of each named relation matches; `{}` asks for any. Rows that the call's tenant may not see do not count. */
  | { readonly exists: [keyof Related] extends [never] ? never : { readonly [Name in keyof Related]?: RelatedFilter<Related[Name]> } }
  /** Every word of the text is a word of one of the entity's search fields, whatever its case; punctuation parts words. */
  | { readonly search: string }

type RelatedFilter<Of> = Of extends Relation<infer Row, infer _Many, infer Next> ? Filter<Row, Next> : never

/** One sort key; nulls sort last in `asc` and first in `desc` on every store, unless `nulls` says otherwise. */
export interface SortKey<Row> {
  readonly field: keyof Row & string
  readonly direction: 'asc' | 'desc'
  readonly nulls?: 'first' | 'last'
}
