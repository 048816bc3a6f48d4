import type { RawRequest } from './http-exchange.ts'

/** One request with a fault in it, and what may become of it. */
export interface Case {
  title: string
  request: RawRequest
  /**
   * `target`: what the first lines of the request give away, whoever asks. `content`: what is looked at only after the
   * caller is known to be allowed.
   */
  stage: 'target' | 'content'
  /** The problems that a caller with access may get; without it any 4xx or a documented 2xx will do. */
  slugs?: readonly string[]
}

export const sqlInjection = "' or 1=1"
export const operatorObject = '{"$ne":null}'
