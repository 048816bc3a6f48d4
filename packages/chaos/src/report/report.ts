import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ChaosReport } from '../run-chaos.ts'
import type { Round } from '../run-round.ts'

const columns = ['fault', 'what happened', 'placed', 'refused', 'cancelled', 'restarts', 'recovery ms', 'drift', 'oracle'] as const

/** Writes the report for people: Markdown and HTML; answers where. */
export async function writeReport(report: ChaosReport, folder: string): Promise<{ markdown: string; html: string }> {
  await mkdir(folder, { recursive: true })
  const name = `chaos-${report.form}-${report.transport}-${report.seed}`
  const [markdown, html] = [path.join(folder, `${name}.md`), path.join(folder, `${name}.html`)]
  await Promise.all([writeFile(markdown, toMarkdown(report)), writeFile(html, toHtml(report))])
  return { markdown, html }
}

/** One line per fault. */
export function toMarkdown(report: ChaosReport): string {
  const rows = report.rounds.map((round) => `| ${cells(round).map(escapePipes).join(' | ')} |`)
  const failures = report.rounds.filter(({ outcome }) => outcome === 'failed')
  const details = failures.flatMap(({ id, reasons }) => reasons.map((reason) => `- ${id}: ${reason}`))
  return [
    `# ${titleOf(report)}`,
    '',
    summaryOf(report),
    '',
    `| ${columns.join(' | ')} |`,
    `|${columns.map((_, index) => (index < 2 || index === 8 ? '---' : '---:')).join('|')}|`,
    ...rows,
    '',
    ...(details.length === 0 ? [] : ['## What failed', '', ...details, '']),
  ].join('\n')
}

function toHtml(report: ChaosReport): string {
  const head = columns.map((column) => `<th>${column}</th>`).join('')
  const rows = report.rounds.map((round) => {
    const body = cells(round)
      .map((cell) => `<td>${escapeHtml(cell)}</td>`)
      .join('')
    return `<tr class="${round.outcome.replace(' ', '-')}" title="${escapeHtml(round.reasons.join('; '))}">${body}</tr>`
  })
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${titleOf(report)}</title>
<style>
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem }
table { border-collapse: collapse }
td, th { padding: .2rem .6rem; border-bottom: 1px solid #ddd; text-align: left }
tr.failed { background: #fdd }
tr.left-out { color: #888 }
</style>
<h1>${titleOf(report)}</h1>
<p>${escapeHtml(summaryOf(report))}</p>
<table><thead><tr>${head}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table></html>
`
}

function titleOf({ form, transport, seed }: ChaosReport): string {
  return `Chaos, ${form} form, events over ${transport}, seed ${seed}`
}

/** One sentence for the end of a run. */
export function summaryOf({ rounds: all, seconds }: ChaosReport): string {
  // Where a mistake was planted, drift is what was wanted.
  const rounds = all.filter(({ id }) => !id.startsWith('P-'))
  const planted = all.length - rounds.length
  const of = (outcome: Round['outcome']): number => all.filter((round) => round.outcome === outcome).length
  const sum = (pick: (round: Round) => number): number => rounds.reduce((total, round) => total + pick(round), 0)
  const orders = `${sum(({ placed }) => placed)} orders placed, ${sum(({ refused }) => refused)} refused`
  const longest = Math.max(0, ...rounds.map(({ recoveryMs }) => recoveryMs))
  const outcomes = `${of('held')} faults held, ${of('failed')} failed, ${of('left out')} left out`
  return `${outcomes}; ${orders}, ${sum(({ restarts }) => restarts)} restarts, longest recovery ${longest} ms, drift ${sum(({ drift }) => drift)}; ${planted} mistakes planted; ${Math.round(seconds)} s.`
}

function cells({ id, name, outcome, reasons, placed, refused, cancelled, restarts, recoveryMs, drift }: Round): string[] {
  const verdict = outcome === 'left out' ? `left out: ${reasons.join('; ')}` : outcome
  return [id, name, ...[placed, refused, cancelled, restarts, recoveryMs, drift].map(String), verdict]
}

function escapePipes(text: string): string {
  return text.replaceAll('|', String.raw`\|`)
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
