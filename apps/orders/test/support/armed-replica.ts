import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestService } from '@polystore/testing'
import type { CrashPoint } from '../../src/crash-point.ts'
import type { Customer, OrderLine, World } from './world.ts'

/** A replica of orders, a process of its own, that dies or freezes at the point that a test arms. */
export class ArmedReplica {
  readonly service: TestService
  readonly #folder: string

  private constructor(service: TestService, folder: string) {
    this.service = service
    this.#folder = folder
  }

  static async start(world: World, env: Readonly<Record<string, string>> = {}): Promise<ArmedReplica> {
    const folder = mkdtempSync(join(tmpdir(), 'orders-crash-'))
    const service = await world.startReplica({ CRASH_FILE: join(folder, 'armed'), ...env })
    return new ArmedReplica(service, folder)
  }

  arm(point: CrashPoint, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGTERM'): void {
    writeFileSync(join(this.#folder, 'armed'), `${point} ${signal}`)
  }

  /** False once the process has stood at the armed point. */
  get armed(): boolean {
    return existsSync(join(this.#folder, 'armed'))
  }

  async place(customer: Customer, lines: readonly OrderLine[], key: string = randomUUID()): Promise<Response> {
    return this.post(customer, '/orders', { lines }, { 'idempotency-key': key })
  }

  async post(customer: Customer, path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(`${this.service.url}${path}`, {
      method: 'POST',
      headers: { ...customer.headers, ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    })
  }

  async stop(): Promise<void> {
    await this.service.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
