import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseEnv } from 'node:util'
import { expect, test } from 'vitest'
import { repositoryRoot } from '../src/workspaces.ts'

const services = ['gateway', 'auth', 'products', 'orders']

interface Schema {
  shape: object
  safeParse(value: unknown): { success: boolean; error?: unknown }
}

async function schemasOf(service: string): Promise<Schema[]> {
  const file = path.join(repositoryRoot, 'apps', service, 'src', 'config.ts')
  const exported: object = await import(pathToFileURL(file).href)
  return Object.values(exported).filter(isSchema)
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && 'shape' in value && 'safeParse' in value
}

async function textOf(file: string): Promise<string> {
  return readFile(path.join(repositoryRoot, file), 'utf8')
}

test('.env.example names every variable of the services, of compose and of the tests, and no other', async () => {
  const schemas = (await Promise.all(services.map(schemasOf))).flat()
  const ofCompose = [...(await textOf('docker-compose.yml')).matchAll(/\$\{(\w+)/gu)].map((match) => match[1] ?? '')
  const turbo: { globalEnv: string[] } = JSON.parse(await textOf('turbo.json'))
  const read = new Set([...schemas.flatMap(({ shape }) => Object.keys(shape)), ...ofCompose, ...turbo.globalEnv])
  expect(Object.keys(parseEnv(await textOf('.env.example'))).toSorted()).toEqual([...read].toSorted())
})

test.each(services)('%s accepts the values of .env.example', async (service) => {
  const example = Object.entries(parseEnv(await textOf('.env.example'))).filter(([, value]) => value !== '')
  const schemas = await schemasOf(service)
  expect(schemas.length).toBeGreaterThan(0)
  for (const schema of schemas) expect(schema.safeParse(Object.fromEntries(example))).toMatchObject({ success: true })
})
