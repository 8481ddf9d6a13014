import { describe, expect, expectTypeOf, it } from 'vitest';
import { defineOptions } from './options/declaration.ts';
import { resolveOptions } from './options/resolve.ts';
import { type ServiceOptions, serviceOptions } from './service-options.ts';

const options = defineOptions({
  ...serviceOptions({ port: 8000, host: '0.0.0.0', env: { port: 'METRICS_PORT', logLevel: 'LOG_LEVEL' } }),
  dailyBudget: { type: 'number', default: 50, env: 'DAILY_BUDGET', description: 'US dollars a day.' },
});

describe('serviceOptions', () => {
  it('has defaults and variables of its own for each service, and fits runService', () => {
    const { values } = resolveOptions(options, { env: { METRICS_PORT: '8001', LOG_LEVEL: 'WARN' } });
    expectTypeOf(values).toExtend<ServiceOptions>();
    expectTypeOf(values.dailyBudget).toEqualTypeOf<number>();
    expectTypeOf(values.port).toEqualTypeOf<number>();
    expect(values).toMatchObject({
      host: '0.0.0.0',
      port: 8001,
      token: undefined,
      corsOrigin: [],
      logLevel: 'warn',
      logFormat: 'json',
      shutdownTimeout: 10_000,
      dailyBudget: 50,
    });
  });

  it('names the variable that is wrong', () => {
    expect(() => resolveOptions(options, { env: { METRICS_PORT: '99999' } })).toThrow(
      'Environment variable METRICS_PORT must be an integer from 0 to 65535, but is "99999"',
    );
  });
});
