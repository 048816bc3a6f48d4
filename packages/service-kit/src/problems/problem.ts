import { type ProblemDefinition, problemRegistry, type ProblemSlug } from './problem-registry.ts'

/** One fault inside a request: `pointer` for the body (`#/lines/0/sku`), `parameter` for path and query, `header` for headers. */
export interface ProblemFault {
  readonly detail: string
  readonly pointer?: string
  readonly parameter?: string
  readonly header?: string
}

export interface ProblemOptions {
  /** Public; holds names, never values of other people or internals. */
  readonly detail?: string | undefined
  readonly errors?: readonly ProblemFault[] | undefined
  /** Further public members of the document. */
  readonly extensions?: Readonly<Record<string, unknown>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Kept for the log, never shown. */
  readonly cause?: unknown
}

/** An answer other than success, by its slug in the registry. Thrown anywhere, rendered once. */
export class Problem extends Error {
  readonly slug: ProblemSlug
  readonly status: number
  readonly title: string
  readonly detail: string | undefined
  readonly errors: readonly ProblemFault[]
  readonly extensions: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>

  constructor(slug: ProblemSlug, options: ProblemOptions = {}) {
    const definition: ProblemDefinition = problemRegistry[slug]
    const frames = Error.stackTraceLimit
    // A refusal is an answer, not a fault: nobody reads its stack, and under load it would be its dearest part.
    if (definition.status < 500) Error.stackTraceLimit = 0
    super(options.detail ?? definition.title)
    Error.stackTraceLimit = frames
    this.name = 'Problem'
    this.slug = slug
    this.status = definition.status
    this.title = definition.title
    this.detail = options.detail
    this.errors = options.errors ?? []
    this.extensions = options.extensions ?? {}
    this.headers = options.headers ?? {}
    if (options.cause !== undefined) Object.defineProperty(this, 'cause', { value: options.cause, enumerable: false })
  }
}
