import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** How a process was started, or undefined when there is none of that number. */
export async function commandLineOf(pid: number): Promise<string | undefined> {
  const text = process.platform === 'linux' ? await fromProc(pid) : await fromTool(pid)
  return text?.trim() === '' ? undefined : text?.trim()
}

async function fromProc(pid: number): Promise<string | undefined> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').then(
    (text) => text.replaceAll('\0', ' '),
    () => undefined,
  )
}

async function fromTool(pid: number): Promise<string | undefined> {
  const query = `(Get-CimInstance Win32_Process -Filter "ProcessId=${pid}").CommandLine`
  const command =
    process.platform === 'win32'
      ? { file: 'powershell', args: ['-NoProfile', '-Command', query] }
      : { file: 'ps', args: ['-o', 'args=', '-p', String(pid)] }
  return run(command.file, command.args, { timeout: 10_000 }).then(
    ({ stdout }) => stdout,
    () => undefined,
  )
}
