import { expect, test } from 'vitest'
import { z } from 'zod'
import { startAuth } from './auth-fixture.ts'

const document = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.record(z.string(), z.unknown())) })

test('the API description holds every operation, and no private field of a user', async () => {
  const auth = await startAuth()
  try {
    const response = await auth.call('GET', '/openapi.json')
    const { openapi, paths } = document.parse(response.json())
    expect(openapi).toMatch(/^3\.1/u)
    expect(Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))).toEqual(
      expect.arrayContaining([
        'post /auth/register',
        'post /auth/login',
        'get /users/me',
        'patch /users/me',
        'post /users/{id}/activate',
        'post /users/{id}/deactivate',
        'get /internal/users/{id}',
        'get /.well-known/jwks.json',
      ]),
    )
    expect(response.body).not.toMatch(/passwordHash|sealedPrivateKey/u)
  } finally {
    await auth.stop()
  }
})
