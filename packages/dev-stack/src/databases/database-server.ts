import type { ExitStatus } from '../processes/child-exit.ts'

/** A database server of our own: a child process that ends with this process. */
export interface DatabaseServer {
  /** With credentials and, for MongoDB, the replica set; the path names the maintenance database. */
  url: string
  port: number
  pid: number
  /** Where the data lies: for root, not always where it was wished. */
  dataDir: string
  exited: Promise<ExitStatus>
  /** Asks, then insists; settles when the process is gone and a temporary folder is removed. */
  stop(): Promise<void>
  /** For fault tests; the folder stays, so that the server can be started on it again. */
  kill(signal?: NodeJS.Signals): Promise<void>
}

export interface DatabaseServerOptions {
  /** Kept by the caller; without one the folder is temporary and goes with the server. */
  dataDir?: string
  /** A wish: the next free port is taken when it is not free. */
  port?: number
  /** True: what is committed survives a crash. Default: true exactly when `dataDir` is given. */
  durable?: boolean
  log?: (line: string) => void
}

/** Points a server's URL at one of its databases. */
export function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}
