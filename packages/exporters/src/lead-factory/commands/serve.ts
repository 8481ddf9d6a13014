import { type Command, defineCommand, runService } from '@alex/service';
import { Calendar } from '../budget/calendar.ts';
import { givenSettings, locationOf, serveOptions } from '../options.ts';
import { costService } from '../service/cost-service.ts';
import { explaining } from './open-ledger.ts';

/** `costs serve`: the exporter. */
export const serve: Command = defineCommand({
  name: 'serve',
  summary: 'Serves costs, budgets and the gate to Prometheus and to programs that ask before they spend.',
  description:
    'Reading is open to whoever reaches the port. POST /authorize, /costs and /scaling-gate exist for holders of the token only.',
  examples: [
    'alex-obs costs serve --daily-budget 50 --monthly-budget 1000',
    'METRICS_ADMIN_TOKEN=secret alex-obs costs serve --host 127.0.0.1 --db postgres://costs@db/costs',
  ],
  options: { ...serveOptions },
  untilInterrupted: true,
  async run({ options, io }) {
    const settings = givenSettings(options);
    return await explaining(async () => {
      // Wrong settings are found before the port is bound.
      if (settings.timeZone !== undefined) new Calendar(settings.timeZone);
      const definition = costService({ ...options, settings, location: locationOf(options.db, io.env) });
      const service = await runService(definition, { io });
      return await service.closed;
    });
  },
});
