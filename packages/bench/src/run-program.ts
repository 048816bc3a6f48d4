import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const timeoutMs = 170_000

/** Runs a program of this package in a process of its own; its answer is the last line that it prints, as JSON. */
export async function runProgram(file: URL, args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(file), ...args], { timeout: timeoutMs })
  const answer: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  return answer
}
