/** Counters and gauges of one server process, printed as Prometheus text (format 0.0.4). */
export type Metrics = {
  /** Adds to a counter; `labels` tell its series apart and must come from a fixed set of words. */
  readonly count: (name: CounterName, labels?: Readonly<Record<string, string>>, by?: number) => void;
  /** A number read at each scrape. */
  readonly gauge: (name: GaugeName, read: () => number) => void;
  readonly text: () => string;
  /** The counted total of a series, for tests and for the log. */
  readonly total: (name: CounterName, labels?: Readonly<Record<string, string>>) => number;
};

const counters = {
  faultline_messages_dropped_total: "Messages dropped, by plane and named error.",
  faultline_requests_total: "HTTP requests answered by the API, by status.",
  faultline_labs_created_total: "Labs created.",
  faultline_seats_claimed_total: "Seats given, new or resumed.",
  faultline_relay_frames_total: "Frames relayed between seats.",
  faultline_trace_events_total: "Trace events stored.",
  faultline_errors_total: "Unexpected errors inside the server, by place.",
} as const;
export type CounterName = keyof typeof counters;

const gauges = {
  faultline_labs: "Labs that exist.",
  faultline_seats_connected: "Seats with a tab connected.",
  faultline_uptime_seconds: "Seconds since the server started.",
} as const;
export type GaugeName = keyof typeof gauges;

/** Creates an empty registry. */
export function createMetrics(): Metrics {
  const totals = new Map<CounterName, Map<string, number>>();
  const readers = new Map<GaugeName, () => number>();
  return {
    count(name, labels = {}, by = 1) {
      const series = totals.get(name) ?? new Map<string, number>();
      const key = seriesOf(labels);
      series.set(key, (series.get(key) ?? 0) + by);
      totals.set(name, series);
    },
    gauge: (name, read) => void readers.set(name, read),
    text() {
      const counted = (Object.keys(counters) as CounterName[]).flatMap((name) => [
        `# HELP ${name} ${counters[name]}`,
        `# TYPE ${name} counter`,
        ...[...(totals.get(name) ?? new Map([["", 0]]))].map(([key, total]) => `${name}${key} ${total}`),
      ]);
      const read = [...readers].flatMap(([name, value]) => [
        `# HELP ${name} ${gauges[name]}`,
        `# TYPE ${name} gauge`,
        `${name} ${value()}`,
      ]);
      return `${[...counted, ...read].join("\n")}\n`;
    },
    total: (name, labels = {}) => totals.get(name)?.get(seriesOf(labels)) ?? 0,
  };
}

function seriesOf(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
