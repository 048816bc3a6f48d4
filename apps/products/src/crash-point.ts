/** Where a test may have the process die or freeze; each name stands at exactly one place. */
export const crashPoints = [
  'before-reserve-commit',
  'after-reserve-commit',
  'before-release-hold',
  'after-release-hold',
  'after-adjust-commit',
] as const
export type CrashPoint = (typeof crashPoints)[number]
