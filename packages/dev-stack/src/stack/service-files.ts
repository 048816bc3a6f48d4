import { fileURLToPath } from 'node:url'
import type { ServiceName } from './stack-ports.ts'

export const repositoryRoot = fileURLToPath(new URL('../../../../', import.meta.url))

type ServiceFile = 'server.ts' | 'migrate.ts' | 'seed.ts' | 'operator.ts' | 'events-operator.ts' | 'rotate-keys.ts'

/** A source file of a service; it need not exist. */
export function serviceFile(service: string, file: ServiceFile): string {
  return fileURLToPath(new URL(`../../../../apps/${service}/src/${file}`, import.meta.url))
}

export const serviceNames: readonly ServiceName[] = ['auth', 'products', 'orders', 'gateway']
