import type { Meter } from '@opentelemetry/api'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { AggregationType, MeterProvider } from '@opentelemetry/sdk-metrics'

export interface RequestMeasure {
  readonly method: string
  /** The route pattern, never the path of one request. */
  readonly route: string
  readonly status: number
  readonly durationMs: number
}

export interface Metrics {
  /** For instruments of the service's own; gauges by callback for pools and backlogs. */
  readonly meter: Meter
  recordRequest(measure: RequestMeasure): void
  /** All metrics in the Prometheus text format. */
  render(): Promise<string>
  close(): Promise<void>
}

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Metrics of one service, kept in this process; nothing listens. */
export function createMetrics(options: { readonly name: string; readonly version: string }): Metrics {
  const reader = new PrometheusExporter({ preventServerStart: true })
  const views = [
    {
      instrumentName: '*.duration.seconds',
      aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: secondsBuckets } },
    } as const,
  ]
  const provider = new MeterProvider({ readers: [reader], views })
  const meter = provider.getMeter(options.name, options.version)
  const recordRequest = requestRecorder(meter)
  observeProcess(meter, options)
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true)
  return {
    meter,
    recordRequest,
    render: async () => serializer.serialize((await reader.collect()).resourceMetrics),
    close: () => provider.shutdown(),
  }
}

function requestRecorder(meter: Meter): (measure: RequestMeasure) => void {
  const duration = meter.createHistogram('http.server.request.duration.seconds', {
    description: 'Duration of requests by route and status',
  })
  const errors = meter.createCounter('http.server.request.errors', { description: 'Requests answered with a 5xx status' })
  return (measure) => {
    const attributes = { 'http.request.method': measure.method, 'http.route': measure.route, 'http.response.status_code': measure.status }
    duration.record(measure.durationMs / 1_000, attributes)
    if (measure.status >= 500) errors.add(1, attributes)
  }
}

function observeProcess(meter: Meter, { name, version }: { readonly name: string; readonly version: string }): void {
  const observe = (instrument: string, description: string, read: () => number, attributes = {}) =>
    meter.createObservableGauge(instrument, { description }).addCallback((result) => result.observe(read(), attributes))
  observe('service.info', 'Which service and version this is', () => 1, { name, version })
  observe('process.memory.resident.bytes', 'Resident memory', () => process.memoryUsage.rss())
  observe('process.uptime.seconds', 'Time since the process began', () => process.uptime())
}
