import { parseArgs } from 'node:util'
import { type CommandName, type CommandOption, commandNames, commandTable, commonOptions } from './command-table.ts'
import { findNearMiss } from './near-miss.ts'
import { UsageError } from './usage-error.ts'

export interface ParsedCommand {
  readonly name: CommandName
  readonly argument: string | undefined
  has(option: string): boolean
  /** The last value of an option. */
  value(option: string): string | undefined
  values(option: string): readonly string[]
}

type Tokens = ReturnType<typeof tokensOf>

/** Undefined when help about all commands was asked for. @throws UsageError */
export function parseCommand(args: readonly string[], moreOptions: readonly CommandOption[] = []): ParsedCommand | undefined {
  const name = findName(args, moreOptions)
  if (name === undefined) return undefined
  const options = [...commandTable[name].options, ...commonOptions, ...moreOptions]
  const tokens = tokensOf(args, options)
  const given = readOptions(name, options, tokens)
  const [, ...positionals] = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []))
  const argument = given.has('help') ? undefined : requireArgument(name, positionals)
  return {
    name,
    argument,
    has: (option) => given.has(option),
    value: (option) => given.get(option)?.at(-1),
    values: (option) => given.get(option) ?? [],
  }
}

/** The number that an option names, if it is given. @throws UsageError */
export function readCount(command: ParsedCommand, option: string): number | undefined {
  const text = command.value(option)
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,5}$/u.test(text)) return Number(text)
  throw new UsageError(`--${option} needs a number; ${text} is none.`, command.name)
}

function findName(args: readonly string[], moreOptions: readonly CommandOption[]): CommandName | undefined {
  const all = [...commandNames.flatMap((name) => commandTable[name].options), ...commonOptions, ...moreOptions]
  const tokens = tokensOf(args, all)
  const first = tokens.find((token) => token.kind === 'positional')
  if (first) return requireName(first.value)
  if (tokens.some((token) => token.kind === 'option' && (token.name === 'help' || token.rawName === '-h'))) return undefined
  throw new UsageError('A command is missing.')
}

function requireName(given: string): CommandName {
  const name = commandNames.find((known) => known === given)
  if (name !== undefined) return name
  throw new UsageError(`There is no command ${given}.${meant(given, commandNames)}`)
}

function tokensOf(args: readonly string[], options: readonly CommandOption[]) {
  const config = Object.fromEntries(
    options.map(({ name, value }) => [name, { type: value === undefined ? ('boolean' as const) : ('string' as const) }]),
  )
  return parseArgs({ args: [...args], options: config, strict: false, allowPositionals: true, tokens: true }).tokens
}

function readOptions(command: CommandName, options: readonly CommandOption[], tokens: Tokens): ReadonlyMap<string, readonly string[]> {
  const given = new Map<string, string[]>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const option = requireOption(command, options, token.rawName)
    const values = given.get(option.name) ?? []
    if (values.length > 0 && option.value !== undefined && option.many === undefined)
      throw new UsageError(`--${option.name} is given twice.`, command)
    given.set(option.name, [...values, requireValue(command, option, token)])
  }
  return given
}

function requireOption(command: CommandName, options: readonly CommandOption[], rawName: string): CommandOption {
  const wanted = rawName === '-h' ? '--help' : rawName
  const option = options.find(({ name }) => `--${name}` === wanted)
  if (option) return option
  const known = options.map(({ name }) => `--${name}`)
  throw new UsageError(`${command} has no option ${rawName}.${meant(rawName, known)}`, command)
}

function requireValue(command: CommandName, option: CommandOption, token: { value: unknown; inlineValue?: boolean | undefined }): string {
  if (option.value === undefined) {
    if (token.inlineValue === true) throw new UsageError(`--${option.name} takes no value.`, command)
    return ''
  }
  const missing = typeof token.value !== 'string' || token.value === '' || (token.inlineValue !== true && token.value.startsWith('-'))
  if (missing || typeof token.value !== 'string')
    throw new UsageError(`--${option.name} needs a value: --${option.name}=<${option.value}>.`, command)
  return token.value
}

function requireArgument(command: CommandName, positionals: readonly string[]): string | undefined {
  const { argument } = commandTable[command]
  const [given, surplus] = positionals
  if (given === undefined && argument?.required) throw new UsageError(`${command} needs ${argument.name}: ${argument.help}.`, command)
  const tooMany = argument ? surplus : given
  if (tooMany !== undefined)
    throw new UsageError(`${command} takes ${argument ? `one argument` : 'no argument'}; ${tooMany} is too much.`, command)
  return given
}

function meant(given: string, known: readonly string[]): string {
  const near = findNearMiss(given, known)
  return near === undefined ? '' : ` Did you mean ${near}?`
}
