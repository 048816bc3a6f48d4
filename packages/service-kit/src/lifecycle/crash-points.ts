import { readFileSync, rmSync } from 'node:fs'
import { z } from 'zod'

const fatal = z.enum(['SIGKILL', 'SIGSTOP', 'SIGTERM'])

/** Ends, stops or interrupts the process when it stands at the armed point. */
export type Crash<Point extends string> = (point: Point) => void

/**
 * Named points at which a test may have the process die or freeze exactly there. Without a file they cost nothing. A test arms one
 * by writing its name, a blank and the signal to the file, at any time; the process takes the file away before it signals itself,
 * so that it happens once. Configuration refuses the file in production.
 */
export function createCrash<Point extends string>(file: string | undefined): Crash<Point> {
  if (file === undefined) return () => {}
  return (point) => {
    const [armed, signal] = armedIn(file)
    if (armed !== point) return
    rmSync(file, { force: true })
    process.kill(process.pid, fatal.parse(signal))
  }
}

function armedIn(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trim().split(' ')
  } catch {
    return []
  }
}
