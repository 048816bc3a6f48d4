import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'

export interface StackSecrets {
  internalSecret: string
  keyEncryptionSecret: string
  postgresPassword: string
  rabbitmqPassword: string
}

const names = ['internalSecret', 'keyEncryptionSecret', 'postgresPassword', 'rabbitmqPassword'] as const

/** The secrets of this folder's stack: made at the first start, readable by their owner only, kept from then on. */
export async function stackSecrets(dataDir: string): Promise<StackSecrets> {
  await mkdir(dataDir, { recursive: true })
  const file = path.join(dataDir, 'secrets.json')
  const kept: Partial<StackSecrets> = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'))
  const secrets = {
    internalSecret: kept.internalSecret ?? newSecret(),
    keyEncryptionSecret: kept.keyEncryptionSecret ?? newSecret(),
    postgresPassword: kept.postgresPassword ?? newSecret(),
    rabbitmqPassword: kept.rabbitmqPassword ?? newSecret(),
  }
  if (names.every((name) => kept[name] === secrets[name])) return secrets
  await writeFile(`${file}.new`, `${JSON.stringify(secrets, undefined, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
  return secrets
}

function newSecret(): string {
  return randomBytes(32).toString('base64url')
}
