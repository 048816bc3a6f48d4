import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { styleText } from 'node:util'

/** What of a process the command line uses. */
export interface CliStreams {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean }
  readonly stderr: Writable & { readonly isTTY?: boolean }
}

export type Environment = Readonly<Record<string, string | undefined>>
export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow'

export interface Terminal {
  /** Colours a text of the result where colours are wanted. */
  readonly paint: (style: Style, text: string) => string
  /** The result: to stdout. */
  readonly print: (text: string) => void
  /** Progress, warnings and errors: to stderr. */
  readonly log: (line: string) => void
  /** Undefined off a terminal, where nobody could answer; an end of input is an empty answer. */
  readonly ask?: (question: string) => Promise<string>
  readonly close: () => void
}

export function openTerminal({ stdin, stdout, stderr }: CliStreams, env: Environment): Terminal {
  const colours = env['FORCE_COLOR'] ? env['FORCE_COLOR'] !== '0' : stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  for (const stream of [stdout, stderr]) stream.on('error', forgiveClosedReader)
  const answers = stdin.isTTY === true && stderr.isTTY === true ? openAnswers({ stdin, stderr }) : undefined
  return {
    paint: (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text),
    print: (text) => void stdout.write(`${text}\n`),
    log: (line) => void stderr.write(`${line}\n`),
    close: () => answers?.close(),
    ...(answers && { ask: answers.ask }),
  }
}

/** `| head` has read enough and is gone: no fault of the command, which goes on to its end. */
function forgiveClosedReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

/** One reader for all questions, so that no line that was typed ahead is lost; opened by the first. */
function openAnswers({ stdin, stderr }: Pick<CliStreams, 'stdin' | 'stderr'>) {
  let reader: Interface | undefined
  let lines: AsyncIterator<string> | undefined
  return {
    ask: async (question: string): Promise<string> => {
      reader ??= createInterface({ input: stdin, output: stderr })
      lines ??= reader[Symbol.asyncIterator]()
      stderr.write(question)
      const { value, done } = await lines.next()
      if (done === true) stderr.write('\n')
      return done === true ? '' : String(value).trim()
    },
    close: (): void => reader?.close(),
  }
}
