import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { rabbitmqBinaries, startRabbitmq } from '../src/index.ts'
import { isAlive } from './support/processes.ts'

const present = (await rabbitmqBinaries()) !== undefined

test('no RabbitMQ is found where neither the environment nor a folder has one', async () => {
  expect(await rabbitmqBinaries({ PATH: '' }, [])).toBeUndefined()
})

test('a RABBITMQ_SERVER_BINARY that names no program is refused', async () => {
  await expect(rabbitmqBinaries({ RABBITMQ_SERVER_BINARY: '/nowhere/rabbitmq-server' })).rejects.toThrow('/nowhere/rabbitmq-server')
})

describe.runIf(present)(`RabbitMQ${present ? '' : ' (skipped: there is no rabbitmq-server here)'}`, () => {
  test('starts again at its port after a SIGKILL, and leaves neither process nor folder', async () => {
    const first = await startRabbitmq()
    expect(await greeting(first.port)).toBe('AMQP')
    await first.kill()
    const second = await startRabbitmq({ port: first.port })
    expect(second.port).toBe(first.port)
    expect(await greeting(second.port)).toBe('AMQP')
    await Promise.all([first.stop(), second.stop()])
    for (const server of [first, second]) {
      expect(isAlive(server.pid)).toBe(false)
      expect(existsSync(server.dataDir)).toBe(false)
    }
  })
})

/** A broker answers a protocol that it does not speak with the one that it does. */
async function greeting(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write('AMQP\u0000\u0009\u0009\u0009')
  const [answer]: unknown[] = await once(socket, 'data')
  socket.destroy()
  return String(answer).slice(0, 4)
}
