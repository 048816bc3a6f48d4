import { expect, it } from 'vitest'
import { maskOutput, pageSteps, withOutputs } from '../src/page-steps.ts'

const page = [
  '```console\n$ one --a\nfirst\nsecond\n$ two\n```',
  '```diff\n--- apps/a.ts\n kept\n-old\n+new\n```',
  '```sql\n-- apps/x/up.sql\nSELECT 1;\n```',
  '```sql\n-- only a remark\nSELECT 2;\n```',
].join('\n\n')

it('a page tells commands with what they write, edits and files', () => {
  expect(pageSteps(page)).toEqual([
    { kind: 'command', command: 'one --a', output: 'first\nsecond' },
    { kind: 'command', command: 'two', output: '' },
    { kind: 'edit', path: 'apps/a.ts', before: 'kept\nold', after: 'kept\nnew' },
    { kind: 'file', path: 'apps/x/up.sql', text: 'SELECT 1;\n' },
  ])
})

it('what commands write takes its place in the page', () => {
  expect(withOutputs(page, ['other', 'more'])).toContain('```console\n$ one --a\nother\n$ two\nmore\n```\n\n```diff')
})

it('times, durations and names of machines do not count, other words do', () => {
  const [one, other] = ['2026-11-21 10:00:00Z  applied  12 ms   me@host-1', '2026-01-01 09:00:00Z  applied  1.5 s  you@x']
  expect(maskOutput(one)).toBe(maskOutput(other))
  expect(maskOutput(one)).not.toBe(maskOutput(one.replace('applied', 'undone')))
})
