import { type CommandName, type CommandOption, commandNames, commandTable, commonOptions } from './command-table.ts'
import { alignRows } from './table.ts'

export interface Program {
  /** As it is called: `pnpm db auth`, `polystore-db`. */
  readonly name: string
  /** Options of the program besides those of its commands. */
  readonly options: readonly CommandOption[]
}

/** Of one command, or of all. */
export function usageOf(program: Program, command: CommandName | undefined): string {
  return command === undefined ? usageOfAll(program) : usageOfOne(program, command)
}

function usageOfAll(program: Program): string {
  const rows = commandNames.map((name) => [`  ${[name, argumentOf(name)].filter(Boolean).join(' ')}`, commandTable[name].summary])
  const options = program.options.length === 0 ? [] : ['', ...describeOptions(program.options)]
  const more = `${program.name} <command> --help tells more. Exit codes: 0 clean, 1 failed, 2 pending, 3 drift, 4 changed file, 64 usage.`
  return [`usage: ${program.name} <command>`, '', ...alignRows(rows), ...options, '', more].join('\n')
}

function usageOfOne(program: Program, command: CommandName): string {
  const { argument, options, summary, exitCodes } = commandTable[command]
  const call = ['usage:', program.name, command, argumentOf(command), '[options]'].filter(Boolean).join(' ')
  const about = argument ? [[`  ${argument.name}`, argument.help]] : []
  const rows = [...about, ...[...options, ...commonOptions, ...program.options].map(optionRow)]
  return [call, `  ${summary}`, '', ...alignRows(rows), '', `Exit codes: 0 done, ${exitCodes}, 64 usage.`].join('\n')
}

function argumentOf(command: CommandName): string | undefined {
  const { argument } = commandTable[command]
  if (!argument) return undefined
  return argument.required ? `<${argument.name}>` : `[${argument.name}]`
}

function describeOptions(options: readonly CommandOption[]): string[] {
  return alignRows(options.map(optionRow))
}

function optionRow({ name, value, help, many }: CommandOption): string[] {
  return [`  --${name}${value === undefined ? '' : ` <${value}>`}`, many ? `${help}; may be repeated` : help]
}
