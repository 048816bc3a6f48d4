import { apiKeyScope } from '@polystore/contracts'
import { defineClientQuery } from '@polystore/db-core'
import { z } from 'zod'
import type { ApiKeyRow } from './api-key-table.ts'

const instant = z.iso.datetime()

export const newApiKeyBody = z
  .strictObject({
    name: z
      .string()
      .transform((value) => value.trim().normalize('NFC'))
      .pipe(z.string().min(1).max(100))
      .meta({ description: 'What the key is for, in your own words', examples: ['nightly import'] }),
    scopes: z
      .array(apiKeyScope)
      .min(1)
      .max(apiKeyScope.options.length)
      .refine((scopes) => new Set(scopes).size === scopes.length, 'must not name a scope twice')
      .meta({ description: 'What the key may be used for; your roles bound it as they bound you', examples: [['products:read']] }),
    expiresInDays: z.int().min(1).max(365).default(90),
  })
  .meta({ id: 'NewApiKey', examples: [{ name: 'nightly import', scopes: ['products:read', 'stock:write'], expiresInDays: 90 }] })
export type NewApiKeyBody = z.infer<typeof newApiKeyBody>

export const apiKeyView = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    /** How the key begins. */
    prefix: z.string(),
    scopes: z.array(apiKeyScope),
    createdAt: instant,
    expiresAt: instant,
    /** To five minutes. */
    lastUsedAt: instant.nullable(),
    revokedAt: instant.nullable(),
  })
  .meta({ id: 'ApiKey' })
export type ApiKeyView = z.infer<typeof apiKeyView>

export const createdApiKey = apiKeyView
  .extend({ key: z.string().meta({ description: 'The key itself: shown now and never again' }) })
  .meta({ id: 'CreatedApiKey' })
export type CreatedApiKey = z.infer<typeof createdApiKey>

export const apiKeyList = z
  .strictObject({ items: z.array(apiKeyView), next: z.string().optional(), previous: z.string().optional() })
  .meta({ id: 'ApiKeyList' })
export type ApiKeyList = z.infer<typeof apiKeyList>

export const apiKeyParams = z.strictObject({ id: z.uuid() })

export const apiKeyQuery = defineClientQuery<ApiKeyRow>()({
  filterable: {},
  sortable: ['createdAt', 'expiresAt'],
  defaultSort: ['-createdAt'],
})

/** Never the hash. */
export function toApiKeyView({ id, name, prefix, scopes, createdAt, expiresAt, lastUsedAt, revokedAt }: ApiKeyRow): ApiKeyView {
  return {
    id,
    name,
    prefix,
    scopes,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
  }
}
