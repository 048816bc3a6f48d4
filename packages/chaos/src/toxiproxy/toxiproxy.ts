import { freePort, launchProgram } from '@polystore/dev-stack'
import { z } from 'zod'

export type Toxic =
  | { readonly type: 'timeout'; readonly attributes: { readonly timeout: number } }
  | { readonly type: 'reset_peer'; readonly attributes: { readonly timeout: number } }
  | { readonly type: 'latency'; readonly attributes: { readonly latency: number; readonly jitter: number } }
  | {
      readonly type: 'slicer'
      readonly attributes: { readonly average_size: number; readonly size_variation: number; readonly delay: number }
    }
  | { readonly type: 'limit_data'; readonly attributes: { readonly bytes: number } }

/** `upstream` is what the client sends, `downstream` what it is answered. */
export type Stream = 'upstream' | 'downstream'

export interface Toxiproxy {
  /** A new door to an address on this machine; answers its port. */
  open(name: string, port: number): Promise<number>
  poison(name: string, toxic: Toxic, stream: Stream): Promise<void>
  /** Takes all toxics from all proxies. */
  heal(): Promise<void>
  close(): Promise<void>
}

const timeoutMs = 5_000
const opened = z.looseObject({ listen: z.string() })

/** Starts a toxiproxy of our own and steers it by its HTTP API. */
export async function startToxiproxy(file: string, logFile: string): Promise<Toxiproxy> {
  const port = await freePort(0)
  const url = `http://127.0.0.1:${port}`
  const program = { name: 'toxiproxy', file, args: ['-host', '127.0.0.1', '-port', String(port)], readyUrl: `${url}/version`, logFile }
  const launched = await launchProgram(program, AbortSignal.timeout(20_000))
  const call = async (path: string, body?: unknown): Promise<unknown> => ask(`${url}${path}`, body)
  return {
    open: async (name, upstream) => {
      const proxy = await call('/proxies', { name, listen: '127.0.0.1:0', upstream: `127.0.0.1:${upstream}`, enabled: true })
      return Number(opened.parse(proxy).listen.split(':').at(-1))
    },
    poison: async (name, { type, attributes }, stream) => {
      await call(`/proxies/${encodeURIComponent(name)}/toxics`, { name: `${type}-${stream}`, type, stream, toxicity: 1, attributes })
    },
    heal: async () => void (await call('/reset', {})),
    close: async () => launched.stop(),
  }
}

async function ask(url: string, body: unknown): Promise<unknown> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) })
  const text = await response.text()
  if (!response.ok) throw new Error(`toxiproxy answered ${response.status}: ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}
