import { findService, publicPrefix, type ServiceName } from '../routing/route-table.ts'

/** Turns a service's `Location` into the public path of the same thing; undefined for what must not be shown outside. */
export function toPublicLocation(location: string, from: { service: ServiceName; origin: string }): string | undefined {
  const path = location.startsWith(`${from.origin}/`) ? location.slice(from.origin.length) : location
  if (!path.startsWith('/') || path.startsWith('//') || path.includes('\\')) return undefined
  if (path.startsWith(`${publicPrefix}/`) || path.startsWith('/problems/')) return path
  const end = path.search(/[?#]/u)
  const owner = findService(end === -1 ? path : path.slice(0, end))
  return owner === from.service ? publicPrefix + path : undefined
}

/** The same for every target of a `Link` header; links that must not be shown are left out. */
export function toPublicLink(link: string, from: { service: ServiceName; origin: string }): string | undefined {
  const kept = [...link.matchAll(/<([^>]*)>([^,<]*)/gu)].flatMap(([, target = '', parameters = '']) => {
    const location = toPublicLocation(target, from)
    return location === undefined ? [] : [`<${location}>${parameters.trimEnd()}`]
  })
  return kept.length === 0 ? undefined : kept.join(', ')
}
