import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const version = 'v2.5.0'
const module = `github.com/Shopify/toxiproxy/v2/cmd/server@${version}`
const folder = fileURLToPath(new URL('../../../../.polystore/tools/', import.meta.url))
const binary = path.join(folder, `toxiproxy-${version}${process.platform === 'win32' ? '.exe' : ''}`)
const buildTimeoutMs = 300_000

export type ToxiproxyBinary = { readonly file: string } | { readonly missing: string }

/** TOXIPROXY_BINARY, or what an earlier run built, or a build by `go install` when Go is there; else why there is none. */
export async function toxiproxyBinary(env = process.env, log: (line: string) => void = () => {}): Promise<ToxiproxyBinary> {
  const named = env['TOXIPROXY_BINARY']
  if (named !== undefined && named !== '')
    return existsSync(named) ? { file: named } : { missing: `TOXIPROXY_BINARY names no file: ${named}` }
  if (existsSync(binary)) return { file: binary }
  log(`building toxiproxy ${version} with go, once`)
  try {
    await build()
    return { file: binary }
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    return { missing: `toxiproxy could not be built (${reason}); install Go, or set TOXIPROXY_BINARY` }
  }
}

async function build(): Promise<void> {
  const target = path.join(folder, `build-${process.pid}`)
  await mkdir(target, { recursive: true })
  const env = { ...process.env, GOBIN: target, CGO_ENABLED: '0' }
  await run('go', ['install', module], { cwd: target, env, timeout: buildTimeoutMs })
  await rename(path.join(target, process.platform === 'win32' ? 'server.exe' : 'server'), binary)
}
