import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { asUser, callService, internalSecret, keyEncryptionSecret, readProblem, startAuth } from './auth-fixture.ts'

const canary = 'canary-password-8f3a61'

test('no password, hash, token or secret reaches the log or a refusal, whatever fails', async () => {
  const auth = await startAuth()
  try {
    const body = { email: 'canary@example.com', password: canary, fullName: 'Canary' }
    const post = (path: string, payload: unknown) => auth.call('POST', path, { body: payload })
    const opened = await auth.register(body)
    const refusals = [
      await post('/auth/register', body),
      await post('/auth/register', { ...body, email: 'none', [canary]: canary }),
      await post('/auth/register', `{"password":"${canary}",`),
      await post('/auth/login', { email: body.email, password: `${canary}x` }),
      await post(`/auth/login?password=${canary}`, { email: body.email, password: canary }),
      await callService(await auth.replica({ KEY_ENCRYPTION_SECRET: canary.repeat(2) }), 'POST', '/auth/login', { body }),
    ]
    await post('/auth/login', { email: body.email, password: canary })
    await post('/auth/refresh', { refresh_token: opened.refresh_token })
    refusals.push(await post('/auth/refresh', { refresh_token: opened.access_token }))
    await auth.call('GET', '/users/me', { as: asUser(opened.user.id), headers: { authorization: `Bearer ${opened.access_token}` } })
    await auth.database.execute(sql.raw('drop table users cascade'))
    refusals.push(await post('/auth/register', body), await post('/auth/login', { email: body.email, password: canary }))
    expect(refusals.slice(-2).map(readProblem)).toEqual([
      { status: 500, slug: 'internal-error', pointers: [] },
      { status: 500, slug: 'internal-error', pointers: [] },
    ])
    const databasePassword = new URL(auth.url).password
    const secrets = [
      canary,
      '$argon2id',
      opened.access_token,
      opened.refresh_token,
      internalSecret,
      keyEncryptionSecret,
      'PRIVATE KEY',
      `:${databasePassword}@`,
    ]
    const logs = auth.logs()
    expect(logs).toContain('"route":"/auth/register"')
    expect(secrets.filter((secret) => logs.includes(secret))).toEqual([])
    const answers = refusals.map((refusal) => refusal.body).join()
    expect(secrets.filter((secret) => answers.replaceAll(`#/${canary}`, '').includes(secret))).toEqual([])
  } finally {
    await auth.stop()
  }
})
