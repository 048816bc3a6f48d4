import { expect, it } from 'vitest'
import { fullRun } from '../src/vitest/test-config.ts'

const vitest = (...words: string[]) => fullRun(['node', 'vitest', ...words])

it('a run of all tests is told from a run of some', () => {
  expect(vitest('run')).toBe(true)
  expect(vitest('run', '--reporter=dot')).toBe(true)
  expect(vitest('run', 'test/cursor.test.ts')).toBe(false)
  expect(vitest('run', '-t', 'a name')).toBe(false)
  expect(vitest('run', '--testNamePattern=a name')).toBe(false)
  expect(vitest()).toBe(false)
})
