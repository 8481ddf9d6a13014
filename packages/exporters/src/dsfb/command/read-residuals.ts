import type { DatabaseSpan } from '../input/span.ts';
import { spansToResiduals } from '../input/span-residuals.ts';
import type { ResidualSample } from '../sample.ts';
import { FaultReport } from './faults.ts';
import { openInput } from './open-input.ts';

/** All residuals of a file in its own order, those of spans behind them; what could not be used is noted and counted. */
export async function readResiduals(
  path: string,
  note: (line: string) => void,
): Promise<{ readonly samples: readonly ResidualSample[]; readonly faults: number }> {
  const report = new FaultReport(path, note);
  const samples: ResidualSample[] = [];
  const spans: DatabaseSpan[] = [];
  for await (const { line, record } of openInput(path)) {
    if (record.kind === 'residual') samples.push(record.sample);
    else if (record.kind === 'span') spans.push(record.span);
    else report.add(line, record.message);
  }
  report.end();
  for (const sample of spansToResiduals(spans)) samples.push(sample);
  return { samples, faults: report.count };
}
