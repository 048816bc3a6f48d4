import { expect, test } from 'vitest'
import { welch } from '../src/auth/welch.ts'

test('samples of one kind lie within 3 standard errors, a shift of one deviation far outside', () => {
  const sample = Array.from({ length: 300 }, (_, index) => Math.sin(index * 12.9898) * 10)
  const shifted = sample.map((value) => value + 7)
  expect(welch(sample, sample.toReversed())).toBeCloseTo(0)
  expect(welch(shifted, sample)).toBeGreaterThan(10)
})

test('agrees with a worked example', () => {
  expect(welch([27.5, 21, 19, 23.6, 17, 17.9], [27.1, 22, 20.8, 23.4, 23.4, 23.5])).toBeCloseTo(-1.2896, 4)
})
