/** The bars that the project holds itself to. A figure beside its bar is printed; no run fails on one. */
export interface Bar {
  readonly atLeast?: number;
  readonly atMost?: number;
}

export const bars: Readonly<Record<string, Bar>> = {
  'record_tool_execution.ratio_vs_otel': { atLeast: 40 },
  'record_tool_execution.ratio_vs_prom_client': { atLeast: 20 },
  'record_tool_execution_exemplar.ratio_vs_otel': { atLeast: 20 },
  'record_llm_request.ratio_vs_otel': { atLeast: 50 },
  'record_llm_request.ratio_vs_prom_client': { atLeast: 25 },
  'scrape_10k.ratio_vs_otel_exporter': { atLeast: 15 },
  'scrape_10k.ratio_vs_prom_client': { atLeast: 10 },
  'scrape_100k.max_block_ms': { atMost: 5 },
  'ingest.batched_ratio_vs_raw_log': { atLeast: 0.3 },
  'ingest.metric_overhead_percent': { atMost: 2 },
  'query_entity.ratio_1e6_vs_1e4': { atMost: 3 },
  'event_store.rss_mb_at_1e6': { atMost: 500 },
  'import_and_start.ratio_vs_sdk_node': { atLeast: 3 },
  'alec_rows.per_second': { atLeast: 50_000 },
  'alec_rows.ratio_window_600_vs_60': { atMost: 1.3 },
  'alec_replay.rss_mb': { atMost: 200 },
  'dsfb_ingest.samples_per_second': { atLeast: 400_000 },
  'dsfb_ingest.ratio_1e6_vs_1e5': { atMost: 1.3 },
  'ledger_append.ratio_vs_raw_insert': { atLeast: 0.5 },
  'ledger_scrape.ms': { atMost: 20 },
  'ledger_scrape.ratio_1e6_vs_1e4': { atMost: 3 },
};

/** `>= 40, held` and the like; empty for a figure without a bar. */
export function judge(name: string, value: number): string {
  const bar = bars[name];
  if (!bar) return '';
  if (bar.atLeast !== undefined) return `>= ${bar.atLeast}, ${value >= bar.atLeast ? 'held' : 'missed'}`;
  return `<= ${bar.atMost}, ${value <= bar.atMost! ? 'held' : 'missed'}`;
}
