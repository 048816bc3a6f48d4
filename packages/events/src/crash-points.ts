/** Where a test may have a relay or an inbox die or freeze; each name stands at exactly one place. */
export const eventCrashPoints = ['after-relay-claim', 'after-relay-deliver', 'before-apply-commit', 'after-apply-commit'] as const
export type EventCrashPoint = (typeof eventCrashPoints)[number]
