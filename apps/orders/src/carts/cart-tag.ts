import { Problem } from '@polystore/service-kit'

/** A cart as somebody has seen it. */
export interface SeenCart {
  readonly id: string
  readonly version: number
}

/** The ETag of a cart. It names the cart too, for a new cart counts from the beginning again. */
export function cartTag({ id, version }: SeenCart): string {
  return `"${id}:${version}"`
}

/** The cart that the client has seen. @throws Problem precondition-required without If-Match, invalid-request for what is no ETag of a cart */
export function requireCartTag(header: string | undefined): SeenCart {
  if (header === undefined || header === '') throw new Problem('precondition-required')
  const [, id, version] = /^"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(\d{1,9})"$/u.exec(header) ?? []
  if (id === undefined || version === undefined)
    throw new Problem('invalid-request', { errors: [{ header: 'if-match', detail: 'must be the ETag of the cart as it was sent' }] })
  return { id, version: Number(version) }
}
