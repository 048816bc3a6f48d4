import type { Stack } from '@polystore/dev-stack'
import { createIdentitySigner, identityHeader } from '@polystore/service-kit'
import postgres from 'postgres'
import { z } from 'zod'

const registration = z.object({ user: z.object({ id: z.uuid() }) })

/** Registers one account and answers its id. */
export async function register(stack: Stack, email: string): Promise<string> {
  const sign = createIdentitySigner(stack.environments.auth['INTERNAL_SECRET'] ?? '')
  const response = await fetch(`${stack.urls.auth}/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [identityHeader]: sign({ kind: 'anonymous' }) },
    body: JSON.stringify({ email, password: 'correct horse battery staple', fullName: 'Ada Lovelace' }),
    signal: AbortSignal.timeout(10_000),
  })
  if (response.status !== 201) throw new Error(`auth answered a registration with ${response.status}: ${await response.text()}`)
  return registration.parse(await response.json()).user.id
}

/** Makes as many accounts like one that there is, `<number>@known.example`, without the cost of their hashes. */
export async function multiply(stack: Stack, { userId, count }: { userId: string; count: number }): Promise<void> {
  const sql = postgres(stack.environments.auth['DATABASE_URL'] ?? '', { max: 1, onnotice: () => {} })
  try {
    await sql`
      insert into users (id, email, full_name, password_hash, roles)
      select gen_random_uuid(), number || '@known.example', full_name, password_hash, roles
      from users, generate_series(0, ${count - 1}) as number where users.id = ${userId}`
    await sql`analyze users`
  } finally {
    await sql.end()
  }
}
