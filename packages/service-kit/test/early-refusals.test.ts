import { Agent, type ClientRequest, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { customer, type DemoService, signed, startDemoService } from './support/demo-service.ts'

let demo: DemoService
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
beforeAll(async () => (demo = await startDemoService()))
afterAll(async () => {
  agent.destroy()
  await demo.close()
})

function post(bytes: number): ClientRequest {
  const headers = { ...signed(customer), 'content-type': 'application/json', 'content-length': String(bytes) }
  return request(`${demo.url}/notes`, { agent, method: 'POST', headers })
}

async function answerTo(outgoing: ClientRequest) {
  const [incoming] = await once(outgoing, 'response')
  return { status: incoming.statusCode, body: await text(incoming) }
}

test('a body that is too large is refused while it comes, and the connection goes on behind it', async () => {
  const large = post(1_000_000)
  large.write('x')
  const [refusal] = await once(large, 'response')
  expect(refusal.statusCode).toBe(413)
  expect(refusal.headers.connection).not.toBe('close')
  large.end('x'.repeat(999_999))
  expect(JSON.parse(await text(refusal))).toMatchObject({ type: '/problems/body-too-large' })

  const next = post(2)
  next.end('{}')
  expect(await answerTo(next)).toEqual({ status: 200, body: '{}' })
  expect(next.reusedSocket).toBe(true)
})
