import type { RenameCandidate } from '../generate/needs.ts'
import type { Terminal } from './terminal.ts'

/** Asks about each, and answers what was renamed as `--rename` takes it: `users.phone:phone_number`. */
export async function askAboutRenames(possible: readonly RenameCandidate[], terminal: Pick<Terminal, 'ask' | 'log'>): Promise<string[]> {
  const taken = new Set<string>()
  const renames: string[] = []
  for (const { to, from } of possible) {
    const chosen = await askAboutOne(
      to,
      from.filter((name) => !taken.has(name)),
      terminal,
    )
    if (chosen === undefined) continue
    taken.add(chosen)
    renames.push(`${chosen}:${to.slice(to.lastIndexOf('.') + 1)}`)
  }
  return renames
}

async function askAboutOne(to: string, from: readonly string[], { ask, log }: Pick<Terminal, 'ask' | 'log'>): Promise<string | undefined> {
  if (!ask || from.length === 0) return undefined
  log(`${to} is not in the last snapshot. Is it`)
  const choices = [...from.map((name) => `${name}, renamed`), 'new']
  choices.forEach((choice, index) => log(`  ${index + 1}  ${choice}`))
  for (;;) {
    const answer = await ask(`1 to ${choices.length}: `)
    if (answer === '') return undefined
    if (/^[1-9]\d*$/u.test(answer) && Number(answer) <= choices.length) return from[Number(answer) - 1]
  }
}
