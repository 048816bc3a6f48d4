import { access, constants } from 'node:fs/promises'
import path from 'node:path'

export interface ProgramSearch {
  /** The environment variable that may name it. */
  readonly variable: string
  /** The earlier is preferred, whatever folder it is in. */
  readonly names: readonly string[]
  readonly folders: readonly string[]
}

/** The file of a program; what the variable names counts before everything else. @throws Error when that is no program */
export async function findProgram({ variable, names, folders }: ProgramSearch, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const given = env[variable]
  if (!given) return firstProgram(names, folders)
  if (await isProgram(given)) return given
  throw new Error(`${variable} names no program: ${given}`)
}

/** All of the folders are searched for the first name, then for the next. */
export async function firstProgram(names: readonly string[], folders: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    for (const folder of folders) {
      const file = path.join(folder, name)
      if (await isProgram(file)) return file
    }
  }
  return undefined
}

export function pathFolders(env: NodeJS.ProcessEnv): string[] {
  return (env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '')
}

export async function isProgram(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}
