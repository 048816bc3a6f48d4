import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { checkLayers } from '../layers/check-layers.ts'
import { readSources } from '../layers/source-files.ts'
import { listWorkspaces, repositoryRoot } from '../workspaces.ts'
import { inParallel, runTool, type GateStep, type StepResult } from './gate-step.ts'

/** What a change must pass, quickest first. */
export const gateSteps: readonly GateStep[] = [
  { name: 'format', run: () => runTool('oxfmt', ['--check']) },
  { name: 'layers', run: layers },
  { name: 'names', run: names },
  { name: 'migrations', run: migrations },
  { name: 'lint', run: () => runTool('oxlint', ['--format=unix', '--deny-warnings']) },
  { name: 'dead code', run: () => runTool('knip', ['--no-progress']) },
  { name: 'types', run: types },
]

async function layers(): Promise<StepResult> {
  const breaks = checkLayers(await readSources(repositoryRoot))
  return {
    passed: breaks.length === 0,
    output: breaks.map(({ file, line, rule, message }) => `${file}:${line} ${rule} ${message}`).join('\n'),
  }
}

/** Every workspace has its ten-line README, and no catalog entry is a range. */
async function names(): Promise<StepResult> {
  const faults: string[] = []
  for (const { folder } of await listWorkspaces()) {
    const files = await readdir(path.join(repositoryRoot, folder))
    if (!files.includes('README.md')) faults.push(`${folder}: README.md is missing`)
    if (!files.includes('tsconfig.json')) faults.push(`${folder}: tsconfig.json is missing`)
  }
  const catalog = await readFile(path.join(repositoryRoot, 'pnpm-workspace.yaml'), 'utf8')
  for (const [range] of catalog.matchAll(/^ {2}\S+: [\^~>].*$/gmu))
    faults.push(`pnpm-workspace.yaml: not one exact version: ${range.trim()}`)
  return { passed: faults.length === 0, output: faults.join('\n') }
}

/** Every service's own `check`: the lint, the snapshots, the ways back. A check that sees no migration would pass blind. */
async function migrations(): Promise<StepResult> {
  const folders = (await listWorkspaces())
    .map(({ folder }) => folder)
    .filter((folder) => existsSync(path.join(repositoryRoot, folder, 'src/migrate.ts')))
  if (folders.length === 0) return { passed: false, output: 'no service has a src/migrate.ts' }
  const results = await inParallel(folders, 2, (folder) => runTool('node', ['src/migrate.ts', 'check'], path.join(repositoryRoot, folder)))
  return {
    passed: results.every(({ passed }) => passed),
    output: results.flatMap(({ passed, output }, index) => (passed ? [] : [`${folders[index]}:`, output])).join('\n'),
  }
}

/** Each compiler takes a few hundred megabytes, so two run at a time. */
async function types(): Promise<StepResult> {
  const workspaces = await listWorkspaces()
  const results = await inParallel(workspaces, 2, ({ folder }) => runTool('tsc', ['-p', folder, '--noEmit', '--pretty', 'false']))
  return {
    passed: results.every(({ passed }) => passed),
    output: results
      .map(({ output }) => output)
      .filter(Boolean)
      .join('\n'),
  }
}
