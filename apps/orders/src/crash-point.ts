import type { Crash } from '@polystore/service-kit'

/** Where a test may have this service die or freeze; each name stands at exactly one place. */
export const crashPoints = [
  'before-place-commit',
  'after-place-commit',
  'after-reserve',
  'before-confirm-commit',
  'after-confirm-commit',
  'after-hold-release',
  'after-claim',
] as const
export type CrashPoint = (typeof crashPoints)[number]
export type OrdersCrash = Crash<CrashPoint>
