import { createHmac, randomUUID } from 'node:crypto'
import { createIdentitySigner, identityHeader } from '@polystore/service-kit'
import type { Stack } from '@polystore/dev-stack'
import type { Buyer } from './load.ts'

const lifeSeconds = 3_600
/** The most events that one call takes. */
const chunk = 500

/** Makes customers known to orders as auth would, by events, and answers their ids. */
export async function announceCustomers(stack: Stack, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID())
  const sign = createIdentitySigner(secretOf(stack))
  for (let from = 0; from < count; from += chunk) {
    const response = await fetch(`${stack.urls.orders}/internal/events`, {
      method: 'POST',
      headers: {
        'content-type': 'application/cloudevents-batch+json',
        [identityHeader]: sign({ kind: 'service', name: 'auth' }),
      },
      body: JSON.stringify(ids.slice(from, from + chunk).map(registered)),
      signal: AbortSignal.timeout(30_000),
    })
    if (!response.ok) throw new Error(`orders answered the events of users with ${response.status}: ${await response.text()}`)
  }
  return ids
}

function registered(userId: string): unknown {
  return {
    specversion: '1.0',
    id: randomUUID(),
    type: 'user.registered',
    source: 'auth',
    subject: userId,
    sequence: 1,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    data: { userId, active: true },
  }
}

/** As the gateway introduces them to a service; good for a minute. */
export function introducedBuyers(stack: Stack, ids: readonly string[]): Buyer[] {
  const sign = createIdentitySigner(secretOf(stack))
  return ids.map((id) => ({
    headers: `${identityHeader}: ${sign({ kind: 'user', id, roles: ['customer'], tokenId: randomUUID() })}\r\n`,
    fields: '',
  }))
}

/** As clients come to the gateway, with access tokens signed by the secret that it was given. */
export function tokenBuyers(secret: string, ids: readonly string[]): Buyer[] {
  return ids.map((id) => ({ headers: `Authorization: Bearer ${accessToken(secret, id)}\r\n`, fields: '' }))
}

function accessToken(secret: string, userId: string): string {
  const now = Math.floor(Date.now() / 1_000)
  const claims = {
    iss: 'polystore',
    aud: 'polystore',
    sub: userId,
    jti: randomUUID(),
    roles: ['customer'],
    iat: now,
    exp: now + lifeSeconds,
  }
  const text = [{ alg: 'HS256', typ: 'at+jwt' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

function secretOf(stack: Stack): string {
  return stack.environments.orders['INTERNAL_SECRET'] ?? ''
}
