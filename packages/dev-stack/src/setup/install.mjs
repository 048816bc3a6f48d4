// Plain JavaScript that any Node from 20 on runs: nothing is installed yet when it is needed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const mark = `${root}node_modules/.polystore-installed`
const sources = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'].map((name) => readFileSync(root + name))
const state = createHash('sha256').update(Buffer.concat(sources)).update(`${process.platform}-${process.arch}`).digest('hex')

if (!existsSync(mark) || readFileSync(mark, 'utf8') !== state) install()

function install() {
  const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
  const args = ['-y', packageManager, 'install', '--frozen-lockfile', '--prefer-offline']
  const { status, error } = spawnSync('npx', args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (error) console.error(error.message)
  if (status !== 0) process.exit(status ?? 1)
  writeFileSync(mark, state)
}
