import { accessSync, constants, existsSync } from 'node:fs';
import { alexHome, priceTable, showConfiguration } from '@alex/obs';
import type { Check, Finding } from './finding.ts';

const staleDays = 120;

/** The configuration file: whether it is there, what is wrong in it, and where the values come from. */
export const checkConfiguration: Check = async ({ configuration }) => {
  const { file, fileExists, problems } = configuration;
  const origins = showConfiguration(configuration).map(({ origin }) => String(origin));
  const own = origins.filter((origin) => !origin.startsWith('default')).length;
  const summary: Finding = {
    check: 'configuration',
    state: problems.some(({ severity }) => severity === 'error') ? 'error' : 'ok',
    message: fileExists
      ? `${file}: ${own} of ${origins.length} values are not defaults`
      : `${file} does not exist: ${own === 0 ? 'all values are defaults' : `${own} values come from the environment`}`,
    ...(problems.length > 0
      ? { mend: 'alex-obs config check' }
      : fileExists
        ? {}
        : { mend: 'alex-obs config init writes one with comments' }),
  };
  return [
    summary,
    ...problems.map(
      ({ severity, message }): Finding => ({
        check: 'configuration',
        state: severity,
        message,
        seen: 'the file and the environment',
      }),
    ),
  ];
};

/** The ALEX home: agents must be able to write their targets files there. */
export const checkHome: Check = async ({ env }) => {
  const home = alexHome({ env });
  const folder = [`${home}/targets`, home].find((one) => existsSync(one));
  if (folder === undefined) return [];
  try {
    accessSync(folder, constants.W_OK);
    return [];
  } catch {
    return [
      {
        check: 'home',
        state: 'error',
        message: `${folder} cannot be written, so Prometheus will not find agents by their targets files`,
        seen: 'access(2); Docker makes a missing folder for root',
        mend: `sudo chown -R "$USER" ${home}`,
      },
    ];
  }
};

/** The price table: old prices are wrong prices. */
export const checkPrices: Check = async () => {
  const age = Math.floor((Date.now() - Date.parse(priceTable.asOf)) / 86_400_000);
  const message = `prices of ${priceTable.library} ${priceTable.version}, ${priceTable.asOf}`;
  return [
    age > staleDays
      ? {
          check: 'prices',
          state: 'warning',
          message: `${message}: ${age} days old`,
          mend: 'update @alex/obs, or set metrics.pricing',
        }
      : { check: 'prices', state: 'ok', message },
  ];
};
