import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { customer, type DemoService, signed, startDemoService } from './support/demo-service.ts'

let demo: DemoService
beforeAll(async () => (demo = await startDemoService()))
afterAll(() => demo.close())

/** Sends a beginning, then a byte every half second; answers what came back, and after how long. */
async function drip(beginning: string, byte: string): Promise<{ answer: string; seconds: number }> {
  const beganMs = performance.now()
  const socket = connect({ host: '127.0.0.1', port: demo.port })
  socket.on('error', () => undefined)
  socket.write(beginning)
  const timer = setInterval(() => socket.write(byte), 500)
  const answer = await text(socket).finally(() => clearInterval(timer))
  return { answer, seconds: (performance.now() - beganMs) / 1_000 }
}

test.concurrent('408 and a closed connection for headers that take more than 5 seconds', async () => {
  const { answer, seconds } = await drip('GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: ', 'a')
  expect(answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*Connection: close[\s\S]*"type":"\/problems\/request-timeout"/u)
  expect(seconds).toBeGreaterThan(4)
  expect(seconds).toBeLessThan(9)
})

test.concurrent('408 and a closed connection for a body that takes more than 8 seconds, and no call', async () => {
  const identity = Object.entries(signed(customer)).map(([name, value]) => `${name}: ${value}\r\n`)
  const { answer, seconds } = await drip(
    `POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n${identity.join('')}\r\n{`,
    ' ',
  )
  expect(answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*connection: close[\s\S]*"type":"\/problems\/request-timeout"/iu)
  expect(seconds).toBeLessThan(11)
  expect(demo.calls).toEqual([])
})
