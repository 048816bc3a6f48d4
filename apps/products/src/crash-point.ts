/** Where a test may have the process die; each name stands at exactly one place. */
export const crashPoints = [
  'before-reserve-commit',
  'after-reserve-commit',
  'after-commit-hold',
  'after-release-hold',
  'after-adjust-commit',
] as const
export type CrashPoint = (typeof crashPoints)[number]

/** Ends the process by SIGKILL when it stands at the enabled point, as a power cut would. */
export type Crash = (point: CrashPoint) => void

/** Production configuration refuses to enable a point. */
export function createCrash(enabled: CrashPoint | undefined): Crash {
  return (point) => {
    if (point === enabled) process.kill(process.pid, 'SIGKILL')
  }
}
