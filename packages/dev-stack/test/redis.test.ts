import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { redisBinary, startRedis } from '../src/index.ts'
import { isAlive } from './support/processes.ts'

const binary = await redisBinary()

test('a REDIS_BINARY that names no program is refused', async () => {
  await expect(redisBinary({ REDIS_BINARY: '/nowhere/redis-server' })).rejects.toThrow('/nowhere/redis-server')
})

test('REDIS_BINARY comes before everything else', async () => {
  expect(await redisBinary({ REDIS_BINARY: process.execPath, PATH: process.env.PATH })).toBe(process.execPath)
})

describe.runIf(binary)(`Redis${binary ? '' : ' (skipped: there is no redis-server here)'}`, () => {
  test('answers on the loopback address, and leaves neither process nor folder', async () => {
    const server = await startRedis()
    expect(await ask(server.port, 'PING')).toBe('+PONG\r\n')
    expect(await ask(server.port, 'CONFIG GET bind')).toContain('127.0.0.1')
    await server.stop()
    expect(isAlive(server.pid)).toBe(false)
    expect(existsSync(server.dataDir)).toBe(false)
  })

  test('starts again at its port after a SIGKILL, empty', async () => {
    const first = await startRedis()
    await ask(first.port, 'SET a 1')
    await first.kill()
    const second = await startRedis({ port: first.port })
    expect(second.port).toBe(first.port)
    expect(await ask(second.port, 'EXISTS a')).toBe(':0\r\n')
    await Promise.all([first.stop(), second.stop()])
  })
})

async function ask(port: number, command: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write(`${command}\r\n`)
  const [answer]: unknown[] = await once(socket, 'data')
  socket.destroy()
  return String(answer)
}
