import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

const linesKept = 40

export interface LogTail {
  /** Settles true at the first matching line, false when the output ended without one. */
  waitFor(pattern: RegExp): Promise<boolean>
  text: () => string
}

/** Reads both outputs of a child for as long as it lives and remembers the last lines for error messages. */
export function followLog(child: ChildProcess, log: (line: string) => void = () => {}): LogTail {
  const kept: string[] = []
  const listeners = new Set<(line: string) => void>()
  for (const input of [child.stdout, child.stderr]) {
    if (!input) continue
    createInterface({ input }).on('line', (line) => {
      kept.push(line)
      if (kept.length > linesKept) kept.shift()
      log(line)
      for (const listener of listeners) listener(line)
    })
  }
  return {
    text: () => kept.join('\n'),
    waitFor: (pattern) =>
      new Promise((resolve) => {
        if (kept.some((line) => pattern.test(line))) resolve(true)
        listeners.add((line) => {
          if (pattern.test(line)) resolve(true)
        })
        child.once('close', () => resolve(false))
        child.once('error', () => resolve(false))
      }),
  }
}
