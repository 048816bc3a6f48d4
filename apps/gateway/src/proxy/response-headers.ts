import type { IncomingHttpHeaders } from 'node:http'
import type { ServiceName } from '../routing/route-table.ts'
import { eachResponseHeader } from './header-filter.ts'
import { toPublicLink, toPublicLocation } from './public-location.ts'

export type HeaderValue = number | string | string[] | undefined
type HeaderValues = Readonly<Record<string, HeaderValue>>

/** The gateway's own headers and those of the service that may pass, with every internal address made public or left out. */
export function mergeResponseHeaders(
  own: HeaderValues,
  upstream: IncomingHttpHeaders,
  from: { service: ServiceName; origin: string },
): Record<string, HeaderValue> {
  const merged: Record<string, HeaderValue> = { ...own }
  eachResponseHeader(upstream, (name, value) => {
    const shown = toPublicValue(name, value, from)
    if (shown !== undefined) merged[name] = name === 'vary' ? mergeVary(own['vary'], shown) : shown
  })
  return merged
}

function toPublicValue(
  name: string,
  value: string | string[],
  from: { service: ServiceName; origin: string },
): string | string[] | undefined {
  if (name === 'location') return typeof value === 'string' ? toPublicLocation(value, from) : undefined
  if (name === 'link') return toPublicLink(typeof value === 'string' ? value : value.join(', '), from)
  return value
}

function mergeVary(own: HeaderValue, upstream: string | string[]): string {
  return [own ?? [], upstream].flat().join(', ')
}
