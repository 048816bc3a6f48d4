import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import type { DemoOptions } from './run-demo.ts'

export interface Progress {
  readonly onProgress: DemoOptions['onProgress']
  stop(): void
}

/** One bar per step on a terminal, one line per tenth of a step elsewhere; always on stderr. */
export function showProgress(): Progress {
  return process.stderr.isTTY ? bars() : lines()
}

function bars(): Progress {
  const multi = new MultiBar(
    { format: '{step} {bar} {percentage}% {value}/{total} {duration_formatted}', hideCursor: true, stream: process.stderr },
    Presets.shades_classic,
  )
  const shown = new Map<string, SingleBar>()
  return {
    onProgress: (step, done, total) => {
      const bar = shown.get(step) ?? multi.create(total, 0, { step: step.padEnd(9) })
      shown.set(step, bar)
      bar.update(done)
    },
    stop: () => multi.stop(),
  }
}

function lines(): Progress {
  return {
    onProgress: (step, done, total) => {
      const tenth = Math.max(1, Math.floor(total / 10))
      if (done % tenth === 0 || done === total) console.error(`${step} ${done}/${total}`)
    },
    stop: () => {},
  }
}
