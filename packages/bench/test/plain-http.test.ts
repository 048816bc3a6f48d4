import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { PlainConnection } from '../src/plain-http.ts'

/** A server that answers whatever it receives in this way. */
async function serve(answer: (socket: Socket) => Promise<unknown> | void): Promise<PlainConnection> {
  const server = createServer((socket) => socket.on('data', () => void answer(socket)).on('error', () => {}))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  const connection = await PlainConnection.open(typeof address === 'object' && address !== null ? address.port : 0)
  onTestFinished(() => connection.close())
  return connection
}

it('reads an answer that comes in pieces, its length in bytes', async () => {
  const bytes = Buffer.from('HTTP/1.1 409 Conflict\r\nContent-Length: 6\r\n\r\n{"é"}')
  const connection = await serve(async (socket) => {
    for (const byte of bytes) {
      socket.write(Buffer.of(byte))
      await turn()
    }
  })
  expect(await connection.exchange('GET / HTTP/1.1\r\n\r\n')).toEqual({ status: 409, body: Buffer.from('{"é"}').toString('latin1') })
  expect((await connection.exchange('GET / HTTP/1.1\r\n\r\n')).status).toBe(409)
})

it('rejects when the connection ends before the answer is whole', async () => {
  const connection = await serve((socket) => void socket.end('HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\nhalf'))
  await expect(connection.exchange('GET / HTTP/1.1\r\n\r\n')).rejects.toThrow('ended before the answer')
  await expect(connection.exchange('GET / HTTP/1.1\r\n\r\n')).rejects.toThrow('has ended')
})
