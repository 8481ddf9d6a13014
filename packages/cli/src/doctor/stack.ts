import { networkInterfaces } from 'node:os';
import { ask, askJson, type Check, type Finding } from './finding.ts';

interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
  readonly health: string;
  readonly lastError: string;
}

/** Prometheus: whether it answers, and which of its targets do not. */
export const checkTargets: Check = async ({ prometheus, signal, platform }) => {
  const check = 'prometheus';
  const answer = await ask(`${prometheus}/-/healthy`, signal);
  if (typeof answer === 'string' || answer.status !== 200)
    return [
      {
        check,
        state: 'error',
        message: `${prometheus} is not there: ${typeof answer === 'string' ? answer : answer.status}`,
        seen: 'GET /-/healthy',
        mend: 'alex-obs stack up, or name another with --prometheus',
      },
    ];
  const targets =
    (await askJson<{ data: { activeTargets: Target[] } }>(`${prometheus}/api/v1/targets?state=active`, signal))?.data
      .activeTargets ?? [];
  const agents = targets.filter(({ labels }) => labels['job'] === 'alex');
  const up = agents.filter(({ health }) => health === 'up').length;
  const down = targets.filter(({ health }) => health === 'down');
  return [
    { check, state: 'ok', message: `${prometheus} is healthy and scrapes ${up} of ${agents.length} agents` },
    ...down.map((target): Finding => describeDown(target, up, platform)),
  ];
};

function describeDown({ labels, scrapeUrl, lastError }: Target, agentsUp: number, platform: NodeJS.Platform): Finding {
  const ofHost = scrapeUrl.includes('host.docker.internal');
  const base = {
    check: 'target',
    message: `${labels['job']} at ${scrapeUrl} is down: ${lastError}`,
    seen: 'the targets of Prometheus',
  } as const;
  // The usual port is always a target: another agent's port that answers is enough.
  if (ofHost && agentsUp > 0) return { ...base, state: 'ok' };
  if (ofHost && platform === 'linux')
    return {
      ...base,
      state: 'error',
      mend: 'on Linux a container does not reach an agent on 127.0.0.1: (1) alex-obs stack up without an overlay (host mode), (2) metrics.exporter: otlp, or (3) metrics.host: 0.0.0.0 with a metrics.token',
    };
  return {
    ...base,
    state: 'warning',
    mend: ofHost ? 'start an agent' : `alex-obs stack status; alex-obs stack logs ${labels['job']}`,
  };
}

/** Grafana: whether it answers, has both data sources, and is not open to the network with admin/admin. */
export const checkGrafana: Check = async ({ grafana, env, signal }) => {
  const check = 'grafana';
  const health = await ask(`${grafana}/api/health`, signal);
  if (typeof health === 'string' || health.status !== 200)
    return [
      {
        check,
        state: 'warning',
        message: `${grafana} is not there: ${typeof health === 'string' ? health : health.status}`,
        seen: 'GET /api/health',
        mend: 'alex-obs stack up, or name another with --grafana',
      },
    ];
  const password = env['GRAFANA_ADMIN_PASSWORD'] ?? 'admin';
  const authorization = `Basic ${Buffer.from(`${env['GRAFANA_ADMIN_USER'] ?? 'admin'}:${password}`).toString('base64')}`;
  const sources = await askJson<{ uid: string; type: string }[]>(`${grafana}/api/datasources`, signal, {
    authorization,
  });
  if (!sources)
    return [
      {
        check,
        state: 'skipped',
        message: 'the data sources cannot be read with this password',
        mend: 'set GRAFANA_ADMIN_USER and GRAFANA_ADMIN_PASSWORD',
      },
    ];
  const missing = ['prometheus', 'jaeger'].filter((uid) => !sources.some((one) => one.uid === uid));
  return [
    missing.length === 0
      ? { check, state: 'ok', message: `${grafana} has the data sources prometheus and jaeger` }
      : {
          check,
          state: 'error',
          message: `${grafana} has no data source with the uid ${missing.join(' and ')}: panels are empty`,
          seen: 'GET /api/datasources',
          mend: 'is grafana/provisioning mounted? alex-obs stack logs grafana',
        },
    ...(await openToTheNetwork(grafana, password, signal)),
  ];
};

async function openToTheNetwork(grafana: string, password: string, signal: AbortSignal): Promise<Finding[]> {
  const { port } = new URL(grafana);
  const addresses = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).filter(({ internal, family }) => !internal && family === 'IPv4'),
  );
  const open = await Promise.all(
    addresses.map(
      async ({ address }) => typeof (await ask(`http://${address}:${port}/api/health`, signal)) !== 'string',
    ),
  );
  if (!open.includes(true) || password !== 'admin') return [];
  return [
    {
      check: 'admin-admin',
      state: 'error',
      message: 'Grafana answers beyond this machine, and its password is admin',
      seen: `a request to port ${port} of ${addresses[open.indexOf(true)]?.address}`,
      mend: 'publish it on 127.0.0.1, or use docker-compose.hardened.yml',
    },
  ];
}
