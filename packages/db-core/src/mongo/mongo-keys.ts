import { Binary, ObjectId, UUID } from 'mongodb'
import { z } from 'zod'
import { InvalidValueError } from '../errors/repository-error.ts'
import { uuidV7 } from '../mixins/uuid-v7.ts'

/** What `_id` holds. */
export type Key = ObjectId | UUID | string
export type KeyKind = 'objectId' | 'uuid' | 'randomUuid' | 'string'

/** Turns the `id` of a row into the `_id` of its document and back. */
export interface KeyCodec {
  readonly kind: KeyKind
  /** The id as rows show it: hexadecimal digits in lower case. @throws InvalidValueError for what cannot be an id of this entity */
  canonical(id: unknown, entity: string): string
  /** @throws InvalidValueError as `canonical` */
  encode(id: unknown, entity: string): Key
  decode(key: unknown): string
  /** A new key; undefined where only the caller can choose it. */
  generate(): Key | undefined
}

function invalidId(entity: string): InvalidValueError {
  return new InvalidValueError(`The field id of ${entity} cannot hold this value.`, { entity, fields: ['id'] })
}

const objectIdPattern = /^[0-9a-f]{24}$/i

const objectIdCodec: KeyCodec = {
  kind: 'objectId',
  canonical(id, entity) {
    if (typeof id !== 'string' || !objectIdPattern.test(id)) throw invalidId(entity)
    return id.toLowerCase()
  },
  encode: (id, entity) => ObjectId.createFromHexString(objectIdCodec.canonical(id, entity)),
  decode: (key) => (key instanceof ObjectId ? key.toHexString() : String(key)),
  generate: () => new ObjectId(),
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const uuidCodec: KeyCodec = {
  kind: 'uuid',
  canonical(id, entity) {
    if (typeof id !== 'string' || !uuidPattern.test(id)) throw invalidId(entity)
    return id.toLowerCase()
  },
  encode: (id, entity) => new UUID(uuidCodec.canonical(id, entity)),
  decode: (key) => (key instanceof Binary ? key.toUUID().toHexString() : String(key)),
  generate: () => new UUID(uuidV7()),
}

const stringCodec: KeyCodec = {
  kind: 'string',
  canonical(id, entity) {
    if (typeof id !== 'string' || id === '' || id.includes('\0')) throw invalidId(entity)
    return id
  },
  encode: (id, entity) => stringCodec.canonical(id, entity),
  decode: String,
  generate: () => undefined,
}

const randomUuidCodec: KeyCodec = { ...uuidCodec, kind: 'randomUuid', generate: () => new UUID() }

export const keyCodecs: Readonly<Record<KeyKind, KeyCodec>> = {
  objectId: objectIdCodec,
  uuid: uuidCodec,
  randomUuid: randomUuidCodec,
  string: stringCodec,
}

export function isKeyKind(name: unknown): name is KeyKind {
  return typeof name === 'string' && Object.hasOwn(keyCodecs, name)
}

/** `id` as a hexadecimal text of 24 characters; stored as ObjectId, made at the insert. */
export function objectIdKey() {
  return { id: Object.assign(z.string().regex(/^[0-9a-f]{24}$/), { keyKind: 'objectId' as const }) }
}

/** `id` as a UUID; stored as 16 bytes, version 7 made at the insert unless given. */
export function uuidKey() {
  return { id: Object.assign(z.guid(), { keyKind: 'uuid' as const }) }
}

/** `id` as a random UUID of version 4, which tells nothing about its time; stored as 16 bytes. */
export function randomKey() {
  return { id: Object.assign(z.guid(), { keyKind: 'randomUuid' as const }) }
}

/** `id` as a text that the caller chooses, such as a SKU or the id of something elsewhere. */
export function stringKey() {
  return { id: Object.assign(z.string().min(1).max(255), { keyKind: 'string' as const }) }
}
