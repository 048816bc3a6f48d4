import type { Contest, Way } from '../contest.ts'
import { repeat } from '../measure.ts'
import { PlainConnection } from '../plain-http.ts'
import { treeCpuSeconds } from '../process-cpu.ts'
import { startTokenGateway, type TokenGateway } from './token-gateway.ts'

/** Far fewer than the gateway remembers, so that the new tokens of a round drive none of them out. */
const clients = 100

/** What the gateway pays for a request by the token that comes with it: its own CPU, without the service behind it. */
export async function tokenContest(cleanUp: AsyncDisposableStack): Promise<Contest> {
  const gateway = await startTokenGateway(cleanUp)
  const connection = await PlainConnection.open(gateway.port)
  cleanUp.defer(() => connection.close())
  const met = Array.from({ length: clients }, () => gateway.newToken())
  for (const token of met) await ask(connection, token)
  let turn = 0
  const fresh = 'a token that it has never seen'
  return {
    path: 'GET through the gateway, 1 connection, CPU of the gateway',
    ours: [way('a token that it has verified before', gateway, () => ask(connection, met[turn++ % clients]))],
    baselines: [
      way(fresh, gateway, () => ask(connection, gateway.newToken())),
      { ...way('no token', gateway, () => ask(connection)), lesser: true },
    ],
    goals: [
      { metric: 'cpu', over: fresh, atMost: 0.8 },
      { metric: 'cpu', over: 'no token', atMost: 1.2 },
    ],
  }
}

function way(name: string, { pid }: TokenGateway, operation: () => Promise<void>): Way {
  return { name, leg: repeat(1, operation, () => treeCpuSeconds(pid)) }
}

async function ask(connection: PlainConnection, token?: string): Promise<void> {
  const credentials = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`
  const { status, body } = await connection.exchange(`GET /api/v1/products HTTP/1.1\r\nHost: 127.0.0.1\r\n${credentials}\r\n`)
  if (status !== 200) throw new Error(`the gateway answered ${status}: ${body}`)
}
