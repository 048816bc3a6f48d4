import { type Operation, fillPath, fittingHeaders } from './api-document.ts'
import type { RawRequest } from './http-exchange.ts'

/** The request that the description shows: its example as body, values that fit as parameters. */
export function exampleRequest(operation: Operation): RawRequest {
  const { method, body } = operation
  const type = body === undefined ? {} : { 'content-type': body.mediaType }
  return {
    method,
    target: fillPath(operation),
    headers: { ...fittingHeaders(operation), ...type },
    ...(body === undefined ? {} : { body: JSON.stringify(body.example) }),
  }
}
