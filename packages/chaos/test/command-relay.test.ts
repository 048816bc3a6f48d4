import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startCommandRelay, type CommandRelay } from '../src/world/command-relay.ts'

let received: string[] = []
let server: Server
let relay: CommandRelay

beforeEach(async () => {
  received = []
  server = createServer((request, response) => {
    received.push(`${request.method} ${request.url}`)
    request.resume().once('end', () => response.end('answer'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  relay = await startCommandRelay(typeof address === 'object' && address ? address.port : 0, () => 0)
})
afterEach(async () => {
  await relay.close()
  server.closeAllConnections()
  server.close()
})

async function post(path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${relay.port}${path}`, {
    method: 'POST',
    body: 'order',
    signal: AbortSignal.timeout(5_000),
  })
  return response.text()
}

it('passes a command on once, as it is', async () => {
  expect(await post('/holds/reserve')).toBe('answer')
  expect(received).toEqual(['POST /holds/reserve'])
})

it('repeats every command, and an old one after it', async () => {
  relay.repeat = true
  await post('/first')
  await post('/second')
  expect(received.toSorted()).toEqual(['POST /first', 'POST /first', 'POST /first', 'POST /second', 'POST /second'])
})

it('swallows what is blocked, and nothing else', async () => {
  relay.blocked = /^\/internal\/events/u
  await expect(post('/internal/events')).rejects.toThrow('fetch failed')
  expect(await post('/holds/release')).toBe('answer')
  expect(received).toEqual(['POST /holds/release'])
})
