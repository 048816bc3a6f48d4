import type { z } from 'zod'
import { configAliases } from './config-shapes.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The frozen configuration, or every fault on stderr and exit code 1. */
export function parseConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: Environment,
): Readonly<z.output<z.ZodObject<Shape>>> {
  try {
    return readConfig(schema, environment)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}

/** The frozen configuration. @throws ConfigError with every fault at once */
export function readConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: Environment,
): Readonly<z.output<z.ZodObject<Shape>>> {
  const { values, faults } = pickVariables(Object.keys(schema.shape), environment)
  const result = schema.safeParse(values)
  if (!result.success) faults.push(...result.error.issues.map((issue) => toFault(issue, values)))
  if (values['NODE_ENV'] === 'production' && values['CRASH_FILE'] !== undefined) faults.push('CRASH_FILE is refused in production')
  if (faults.length > 0 || !result.success) throw new ConfigError(faults)
  return Object.freeze(result.data)
}

/** Holds names and what is wrong with them, never a value. */
export class ConfigError extends Error {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    )
    this.name = 'ConfigError'
    this.faults = faults
  }
}

// An empty variable counts as unset: that is what `NAME=` in an env file means.
function pickVariables(names: readonly string[], environment: Environment): { values: Record<string, string>; faults: string[] } {
  const values: Record<string, string> = {}
  const faults: string[] = []
  for (const name of names) {
    const candidates = [name, ...aliasesOf(name)].filter((candidate) => (environment[candidate] ?? '') !== '')
    const distinct = new Set(candidates.map((candidate) => environment[candidate]))
    if (distinct.size > 1) faults.push(`${candidates.join(' and ')}: both are set, to different values`)
    const [value] = distinct
    if (value !== undefined) values[name] = value
  }
  return { values, faults }
}

function aliasesOf(name: string): string[] {
  return Object.keys(configAliases).filter((alias) => configAliases[alias] === name)
}

function toFault(issue: z.core.$ZodIssue, values: Readonly<Record<string, string>>): string {
  const name = String(issue.path[0] ?? '(all)')
  if (issue.path.length > 0 && !(name in values)) return `${name}: is missing`
  return `${name}: ${issue.message}`
}
