import { z } from 'zod'
import { clientText, describe, describedAs, valueFromText } from './client-values.ts'
import type { Conditions, Filter } from './filter.ts'

/** What clients can say of one field. `between` is said by `gte` and `lte`. */
export type ClientOperator<Value> = Exclude<keyof Conditions<Value> & string, 'between'>

export interface FilterableField<Value> {
  /** What a value must be, such as `z.int()`, `z.date()` or the field's own schema; the text of the parameter is read as it needs. */
  readonly value: z.ZodType<Value>
  readonly operators: readonly [ClientOperator<Value>, ...ClientOperator<Value>[]]
}

export type Filterable<Row> = { readonly [Field in keyof Row & string]?: FilterableField<Row[Field]> }

/** One parameter that is a condition. */
export interface ClientFilter {
  readonly field: string
  readonly operator: string
  /** `field`, or `field[operator]`. */
  readonly parameter: string
  readonly schema: z.ZodType
}

/** Every condition that an allow-list allows. */
export function clientFilters<Row>(filterable: Filterable<Row>): ClientFilter[] {
  const fields: Readonly<Record<string, AnyField | undefined>> = { ...filterable }
  return Object.entries(fields).flatMap(([field, allowed]) =>
    (allowed?.operators ?? []).map((operator) => toFilter(field, operator, allowed?.value ?? z.never())),
  )
}

interface AnyField {
  readonly value: z.ZodType
  readonly operators: readonly string[]
}

function toFilter(field: string, operator: string, value: z.ZodType): ClientFilter {
  const parameter = operator === 'eq' ? field : `${field}[${operator}]`
  return { field, operator, parameter, schema: operandSchema(operator, value) }
}

/** The conditions that were given, joined by AND. */
export function toConditions<Row>(asked: readonly ClientFilter[], given: Readonly<Record<string, unknown>>): Filter<Row> {
  const byField = Map.groupBy(asked, ({ field }) => field)
  const conditions = [...byField].map(([field, filters]) => [
    field,
    Object.fromEntries(filters.map(({ operator, parameter }) => [operator, given[parameter]])),
  ])
  // oxlint-disable-next-line typescript/consistent-type-assertions -- made of the allow-list, which was checked against the row
  return Object.fromEntries(conditions) as Filter<Row>
}

function operandSchema(operator: string, value: z.ZodType): z.ZodType {
  switch (operator) {
    case 'in':
    case 'notIn':
      return valueList(value)
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return describedAs(
        clientText.refine(() => true),
        describe(clientText),
      )
    case 'isNull':
    case 'isNotNull':
    case 'ignoreCase':
      return describedAs(
        z.literal('true', 'must be true').transform(() => true),
        { type: 'boolean', const: true },
      )
    default:
      return valueFromText(value)
  }
}

const maxValues = 100

/** One text holds values joined by commas; a name that is repeated gives one value each time, which may hold commas. */
function valueList(value: z.ZodType): z.ZodType {
  const schema = z
    .union([z.string().transform((text) => text.split(',')), z.array(z.string())])
    .pipe(z.array(valueFromText(value)).min(1).max(maxValues))
  return describedAs(schema, { type: 'array', items: describe(valueFromText(value)), minItems: 1, maxItems: maxValues })
}
