import { describe, expect, it } from 'vitest'
import { compare, type Row } from '../src/compare.ts'
import { fastest, type Contest, type Way } from '../src/contest.ts'
import { quantile, repeat, type Measure } from '../src/measure.ts'
import { describeContest, describeGoals } from '../src/report.ts'
import { requireEqualAnswers } from '../src/same-answers.ts'

/** A way whose legs find what is given, in turn; the first is the one that does not count. */
function way(name: string, measures: readonly Measure[], calls: string[] = []): Way {
  let at = 0
  return {
    name,
    leg: () => {
      calls.push(name)
      return Promise.resolve(measures[at++ % measures.length] ?? {})
    },
  }
}

const options = { rounds: 3, legMs: 50, onRound: () => {} }

function contest(part: Partial<Contest>): Contest {
  return { path: 'a path', ours: [way('ours', [{ throughput: 30, cpu: 2 }])], baselines: [], goals: [], ...part }
}

function find(rows: readonly Row[], baseline: string, metric = 'throughput'): Row | undefined {
  return rows.find((row) => row.baseline === baseline && row.metric === metric)
}

describe('compare', () => {
  it('gives the median of the ratios of the rounds, and leaves the first round out', async () => {
    const ours = way('ours', [{ throughput: 1_000 }, { throughput: 10 }, { throughput: 20 }, { throughput: 90 }])
    const [row] = await compare(contest({ ours: [ours], baselines: [way('theirs', [{ throughput: 10 }])] }), options)
    expect(row).toMatchObject({ ratio: 2, low: 1.5, high: 5.5, ours: 20, theirs: 10 })
  })

  it('holds a goal against the fastest baseline, and never against one that does less', async () => {
    const baselines = [
      way('slow', [{ throughput: 5 }]),
      way('fast', [{ throughput: 10 }]),
      { ...way('lesser', [{ throughput: 20 }]), lesser: true },
    ]
    const rows = await compare(contest({ baselines, goals: [{ metric: 'throughput', over: fastest, atLeast: 3 }] }), options)
    expect(find(rows, 'fast')).toMatchObject({ ratio: 3, goal: '≥ 3 ×', met: true })
    expect(find(rows, 'slow')).not.toHaveProperty('met')
    expect(find(rows, 'lesser')).not.toHaveProperty('met')
  })

  it('holds a goal against the baseline that it names, and says when it is missed', async () => {
    const baselines = [way('one', [{ throughput: 10, cpu: 1 }]), way('other', [{ throughput: 10, cpu: 4 }])]
    const rows = await compare(contest({ baselines, goals: [{ metric: 'cpu', over: 'one', atMost: 1.15 }] }), options)
    expect(find(rows, 'one', 'cpu')).toMatchObject({ ratio: 2, goal: '≤ 1.15 ×', met: false })
    expect(find(rows, 'other', 'cpu')).toMatchObject({ ratio: 0.5 })
    expect(describeGoals(rows, [{ text: 'seen', met: true }])).toBe('goals: 1 met, 1 missed')
  })

  it('compares only what both sides measure', async () => {
    const rows = await compare(contest({ baselines: [way('theirs', [{ throughput: 10 }])] }), options)
    expect(rows.map(({ metric }) => metric)).toEqual(['throughput'])
  })

  it('lets every way run in every round, none always first', async () => {
    const calls: string[] = []
    const [a, b, c] = ['a', 'b', 'c'].map((name) => way(name, [{ throughput: 1 }], calls))
    const ways = [a, b, c].filter((one) => one !== undefined)
    await compare(contest({ ours: ways.slice(0, 1), baselines: ways.slice(1) }), options)
    expect(calls.join('')).toBe('abc' + 'abc' + 'cba' + 'bca')
  })
})

describe('repeat', () => {
  it('runs as many at once as asked for', async () => {
    const seen = { now: 0, most: 0 }
    const operation = async () => {
      seen.most = Math.max(seen.most, ++seen.now)
      await Promise.resolve()
      seen.now--
    }
    const { throughput } = await repeat(4, operation, () => 0)(20)
    expect(seen.most).toBe(4)
    expect(throughput).toBeGreaterThan(0)
  })

  it('knows the latency of operations that run alone', async () => {
    expect(
      await repeat(
        1,
        () => Promise.resolve(),
        () => 0,
      )(20),
    ).toHaveProperty('latency')
  })

  it('fails when an operation fails', async () => {
    await expect(
      repeat(
        2,
        () => Promise.reject(new Error('refused')),
        () => 0,
      )(20),
    ).rejects.toThrow('refused')
  })
})

it('quantiles lie between neighbours', () => {
  expect([0, 0.25, 0.5, 1].map((share) => quantile([4, 1, 3, 2], share))).toEqual([1, 1.75, 2.5, 4])
})

it('a table shows the ratio, its quartiles, both medians and the verdict', async () => {
  const goals = [{ metric: 'throughput', over: 'theirs', atLeast: 4 }] as const
  const rows = await compare(contest({ baselines: [way('theirs', [{ throughput: 10_000, cpu: 4 }])], goals }), options)
  const text = describeContest(rows)
  expect(text).toContain('0.003 × (0.003 to 0.003)')
  expect(text).toContain('30/s : 10,000/s')
  expect(text).toContain('throughput ≥ 4 ×: NO')
})

describe('requireEqualAnswers', () => {
  it('takes the same fields in another order', async () => {
    await expect(requireEqualAnswers([Promise.resolve({ a: 1, b: 2 }), Promise.resolve({ b: 2, a: 1 })])).resolves.toBeUndefined()
  })

  it('refuses another answer, and none', async () => {
    await expect(requireEqualAnswers([Promise.resolve({ a: 1 }), Promise.resolve({ a: 2 })])).rejects.toThrow('not the same answer')
    await expect(requireEqualAnswers([Promise.resolve(undefined)])).rejects.toThrow('no answer')
  })
})
