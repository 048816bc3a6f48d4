export interface Schema {
  examples?: readonly unknown[]
  format?: string
  pattern?: string
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  schema: Schema
}

export interface MediaContent {
  schema?: object
  example?: unknown
  examples?: Readonly<Record<string, { value: unknown }>>
}

export interface OperationObject {
  operationId: string
  summary?: string
  tags?: readonly string[]
  'x-access': 'open' | 'public' | 'user' | 'staff' | 'admin' | 'service'
  parameters?: readonly Parameter[]
  requestBody?: { content: Readonly<Record<string, MediaContent>> }
  responses: Readonly<Record<string, { description: string; content?: Readonly<Record<string, MediaContent>>; $ref?: string }>>
}

export interface ApiDocument {
  openapi: string
  tags: readonly { name: string }[]
  paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>
}

export interface Operation {
  /** `GET /orders/{id}` */
  title: string
  method: string
  path: string
  access: OperationObject['x-access']
  parameters: readonly Parameter[]
  /** What a client may send, by the description; undefined when the operation takes no body. */
  body: { mediaType: string; mediaTypes: readonly string[]; example: unknown } | undefined
  object: OperationObject
}

export function operationsOf({ paths }: ApiDocument): Operation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, object]) => ({
      title: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      access: object['x-access'],
      parameters: object.parameters ?? [],
      body: bodyOf(object),
      object,
    })),
  )
}

function bodyOf({ requestBody }: OperationObject): Operation['body'] {
  const [first] = Object.entries(requestBody?.content ?? {})
  if (first === undefined) return undefined
  const [mediaType, { example }] = first
  return { mediaType, mediaTypes: Object.keys(requestBody?.content ?? {}), example }
}

/** The path with a value for each parameter: one that fits and names nothing, unless given (percent-encoded already). */
export function fillPath(
  { path, parameters }: Pick<Operation, 'path' | 'parameters'>,
  given: Readonly<Record<string, string>> = {},
): string {
  return path.replaceAll(/\{(\w+)\}/gu, (_match, name: string) => {
    const schema = parameters.find((parameter) => parameter.in === 'path' && parameter.name === name)?.schema
    return given[name] ?? fittingValue(schema ?? {})
  })
}

/** The headers that an operation asks for. */
export function fittingHeaders({ parameters }: Operation): Record<string, string> {
  const known: Readonly<Record<string, string>> = { 'if-match': '"1"', 'idempotency-key': crypto.randomUUID() }
  return Object.fromEntries(parameters.filter((parameter) => parameter.in === 'header').map(({ name }) => [name, known[name] ?? 'x']))
}

function fittingValue({ examples, format, pattern }: Schema): string {
  const [example] = examples ?? []
  if (typeof example === 'string') return encodeURIComponent(example)
  if (format === 'uuid') return '01912f4e-7c3a-7b2e-8d1f-0123456789ab'
  const candidates = ['0123456789abcdef01234567', 'unknown', '1']
  return candidates.find((candidate) => pattern === undefined || new RegExp(pattern, 'u').test(candidate)) ?? 'unknown'
}
