import type { ServiceLogger } from '@alex/service';
import type { MonitorOptions } from '../live/monitor.ts';

/** One log line when an episode opens and one when it closes. */
export function episodeLog(logged: { readonly logger?: ServiceLogger }): Pick<MonitorOptions, 'onOpen' | 'onClose'> {
  return {
    onOpen: ({ motif, channel, tStart }, source) =>
      logged.logger?.warn({ motif, channel, source, t_start: tStart }, 'An episode has begun'),
    onClose: ({ motif, channel, tStart, tEnd, peak }, source) =>
      logged.logger?.info({ motif, channel, source, t_start: tStart, t_end: tEnd, peak }, 'An episode has ended'),
  };
}
