import { z } from 'zod'
import { InvalidFilterError } from '../errors/repository-error.ts'
import { type ClientFilter, clientFilters, type Filterable, toConditions } from './client-filters.ts'
import { clientSort, type SortText, toSortKeys } from './client-sort.ts'
import { clientText, describedAs, valueFromText } from './client-values.ts'
import type { Filter, SortKey } from './filter.ts'
import { maxWords, wordsOf } from './parse-filter.ts'

export interface ClientQueryOptions<Row, Paging extends 'cursor' | 'page', Extra extends z.ZodRawShape> {
  /** What may be filtered by, and how; nothing else is. */
  readonly filterable?: Filterable<Row>
  /** What may be sorted by. */
  readonly sortable?: readonly (keyof Row & string)[]
  /** The order of a list that is not told any; `-` is descending. */
  readonly defaultSort: readonly [SortText<Row>, ...SortText<Row>[]]
  /** How many fields a client may sort by at once; all of `sortable` unless said otherwise. */
  readonly maxSortKeys?: number
  /** Rows of a page; 20 unless said otherwise. */
  readonly defaultLimit?: number
  /** 100 unless said otherwise. */
  readonly maxLimit?: number
  /** Conditions of one request; 20 unless said otherwise. */
  readonly maxFilters?: number
  /** `q` searches for words; the entity must have search fields. */
  readonly search?: boolean
  /** `cursor` for `seek` (the default) or `page` for `page`. */
  readonly paging?: Paging
  /** Further parameters, which the caller gives a meaning; they arrive as `parameters`. */
  readonly parameters?: Extra
}

/** What a client asked for, in the words of `list`, `page` and `seek`. */
export type ClientListQuery<Row, Paging extends 'cursor' | 'page' = 'cursor', Extra extends z.ZodRawShape = z.ZodRawShape> = {
  readonly where: Filter<Row>
  readonly orderBy: readonly SortKey<Row>[]
  readonly limit: number
  readonly parameters: z.output<z.ZodObject<Extra>>
} & (Paging extends 'cursor' ? { readonly cursor?: string } : { readonly page: number })

export interface ClientQuery<Query> {
  /** The parameters as a zod schema from the query object to the query: for validators, and for OpenAPI. */
  readonly schema: z.ZodType<Query, Record<string, unknown>>
  /** Reads a query object as HTTP servers give it: texts, and lists of texts. @throws InvalidFilterError naming the parameters */
  parse(input: unknown): Query
}

/**
 * The filters and sorts that the clients of one list may use. `field=x` is equality, `field[operator]=x` any other condition, `in` and
 * `notIn` take values joined by commas or the name repeated, `sort=-a,b` sorts.
 */
export function defineClientQuery<Row>() {
  return <Paging extends 'cursor' | 'page' = 'cursor', Extra extends z.ZodRawShape = Record<never, never>>(
    options: ClientQueryOptions<Row, Paging, Extra>,
  ): ClientQuery<ClientListQuery<Row, Paging, Extra>> => {
    const filters = clientFilters(options.filterable ?? {})
    const shape = joinShapes([
      Object.fromEntries(filters.map(({ parameter, schema }) => [parameter, schema.optional()])),
      listParameters(options),
      options.parameters ?? {},
    ])
    const schema = z.strictObject(shape).transform((given, context) => toQuery(given, { filters, options, context }))
    // oxlint-disable-next-line typescript/consistent-type-assertions -- the shape is made of a table, so only the table knows the types
    return withParse(schema as unknown as z.ZodType<ClientListQuery<Row, Paging, Extra>, Record<string, unknown>>)
  }
}

const defaultLimit = 20
const usualMaxLimit = 100
const usualMaxFilters = 20
const maxPage = 1_000_000_000

function listParameters<Row>({ sortable, search, paging, ...options }: ClientQueryOptions<Row, 'cursor' | 'page', z.ZodRawShape>) {
  const { maxLimit: max = usualMaxLimit, defaultLimit: usual = defaultLimit, maxSortKeys, defaultSort } = options
  const limit = integer({ max, usual })
  const cursor = z.string().min(1).max(2_048).meta({ description: '`next` or `previous` of an earlier page of the same list' })
  return {
    ...(sortable !== undefined && sortable.length > 0 && { sort: clientSort({ sortable, defaultSort, maxSortKeys }).optional() }),
    limit: limit.optional(),
    ...(paging === 'page' ? { page: integer({ max: maxPage, usual: 1 }).optional() } : { cursor: cursor.optional() }),
    ...(search === true && { q: words.optional() }),
  }
}

function integer({ max, usual }: { max: number; usual: number }): z.ZodType<number, string> {
  const schema = valueFromText(z.int().min(1, 'must be at least 1').max(max, `must be at most ${max}`))
  return describedAs(schema, { type: 'integer', minimum: 1, maximum: max, default: usual })
}

const words = clientText
  .pipe(z.string().refine(isSearchable, `must hold 1 to ${maxWords} words`))
  .meta({ description: 'Words that must all occur' })

function isSearchable(text: string): boolean {
  const { length } = wordsOf(text)
  return length >= 1 && length <= maxWords
}

/** Two parameters of one name are a mistake in the definition. */
function joinShapes(shapes: readonly Record<string, z.core.$ZodType>[]): z.ZodRawShape {
  const entries = shapes.flatMap((shape) => Object.entries(shape))
  const names = entries.map(([name]) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new Error(`The query parameter ${twice} is defined twice.`)
  return Object.fromEntries(entries)
}

interface Build<Row, Extra extends z.ZodRawShape> {
  readonly filters: readonly ClientFilter[]
  readonly options: ClientQueryOptions<Row, 'cursor' | 'page', Extra>
  readonly context: z.RefinementCtx
}

function toQuery<Row, Extra extends z.ZodRawShape>(given: Readonly<Record<string, unknown>>, build: Build<Row, Extra>) {
  const { filters, options, context } = build
  const asked = filters.filter(({ parameter }) => given[parameter] !== undefined)
  const beyond = asked[options.maxFilters ?? usualMaxFilters]
  if (beyond !== undefined) context.addIssue({ code: 'custom', path: [beyond.parameter], message: 'is one condition too many' })
  for (const { parameter, message } of loneModifiers(asked)) context.addIssue({ code: 'custom', path: [parameter], message })
  const { sort, limit = options.defaultLimit ?? defaultLimit, cursor, page = 1, q } = given
  const conditions = toConditions(asked, given)
  return {
    where: options.search === true && q !== undefined ? { and: [conditions, { search: q }] } : conditions,
    orderBy: sort ?? toSortKeys(options.defaultSort),
    limit,
    ...(options.paging === 'page' ? { page } : cursor !== undefined && { cursor }),
    parameters: Object.fromEntries(Object.keys(options.parameters ?? {}).map((name) => [name, given[name]])),
  }
}

/** `ignoreCase` says how to compare; without a comparison beside it, it says nothing. */
function loneModifiers(asked: readonly ClientFilter[]): { parameter: string; message: string }[] {
  const compares = (field: string): boolean => asked.some((one) => one.field === field && one.operator !== 'ignoreCase')
  return asked
    .filter(({ field, operator }) => operator === 'ignoreCase' && !compares(field))
    .map(({ parameter }) => ({ parameter, message: 'needs a condition of the same field' }))
}

function withParse<Query>(schema: z.ZodType<Query, Record<string, unknown>>): ClientQuery<Query> {
  return {
    schema,
    parse(input) {
      // zod passes over an own `__proto__`; here nothing is passed over.
      if (typeof input === 'object' && input !== null && Object.hasOwn(input, '__proto__')) throw invalid([{ name: '__proto__' }])
      const result = schema.safeParse(input)
      if (result.success) return result.data
      throw invalid(result.error.issues.flatMap(namesOf))
    },
  }
}

function namesOf(issue: z.core.$ZodIssue): { name: string; message?: string }[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((name) => ({ name }))
  const [name] = issue.path
  return name === undefined ? [] : [{ name: String(name), message: issue.message }]
}

function invalid(faults: readonly { name: string; message?: string }[]): InvalidFilterError {
  const printable = faults.filter(({ name }) => /^[A-Za-z_][\w.[\]-]{0,99}$/u.test(name))
  const [first] = printable
  const fields = [...new Set(printable.map(({ name }) => name))].slice(0, usualMaxFilters)
  if (first === undefined) return new InvalidFilterError('The query has a parameter that is not known.')
  return new InvalidFilterError(`The query parameter ${first.name} is not valid: ${first.message ?? 'it is not known'}.`, { fields })
}
