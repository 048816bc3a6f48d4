import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { serviceFile, startStack } from '@polystore/dev-stack'
import { afterAll, expect, test } from 'vitest'
import { HttpExchange } from './support/http-exchange.ts'
import { publicPrefix } from './support/running-system.ts'

const stack = await startStack({ seed: false, env: { KEY_REFRESH_SECONDS: '1' } })
const http = new HttpExchange()
afterAll(async () => {
  http.close()
  await stack.stop()
}, 30_000)

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

async function post(path: string, body: unknown): Promise<Tokens> {
  const { text } = await http.send(stack.urls.gateway, {
    method: 'POST',
    target: publicPrefix + path,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return JSON.parse(text)
}

async function profile(token: string): Promise<number> {
  const target = `${publicPrefix}/users/me`
  return (await http.send(stack.urls.gateway, { method: 'GET', target, headers: { authorization: `Bearer ${token}` } })).status
}

function keyOf({ access_token: token }: Tokens): string {
  const header: { kid: string } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
  return header.kid
}

test('tokens of the old key and of the new one are good while the key that signs changes', async () => {
  const first = await post('/auth/register', {
    email: 'ada@example.com',
    password: 'correct horse battery staple',
    fullName: 'Ada Lovelace',
  })
  const statuses = [await profile(first.access_token)]
  const env = { ...process.env, ...stack.environments.auth }
  const rotated = promisify(execFile)(process.execPath, [serviceFile('auth', 'rotate-keys.ts'), '--now'], { env })
  let newest = first
  while (keyOf(newest) === keyOf(first)) {
    newest = await post('/auth/refresh', { refresh_token: newest.refresh_token })
    statuses.push(await profile(first.access_token), await profile(newest.access_token))
  }
  await rotated
  statuses.push(await profile(first.access_token), await profile(newest.access_token))
  expect(statuses.filter((status) => status !== 200)).toEqual([])
  expect(statuses.length).toBeGreaterThan(4)
}, 60_000)
