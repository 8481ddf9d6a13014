import { type Env, portOf } from './project.ts';

/** A page of the stack for people. */
export interface Page {
  readonly service: string;
  readonly container: string;
  readonly url: string;
  /** Answers 200 when the service is healthy. */
  readonly healthUrl: string;
  readonly note?: string;
}

/** What the stack serves on this machine, with the ports of the environment and of `.env`. */
export function pages(folder: string, env: Env): readonly Page[] {
  const at = (variable: string, otherwise: number): string =>
    `http://localhost:${portOf({ folder, env }, variable, otherwise)}`;
  const prometheus = at('PROMETHEUS_PORT', 9091);
  const grafana = at('GRAFANA_PORT', 3000);
  const alertmanager = at('ALERTMANAGER_PORT', 9093);
  const loki = at('LOKI_PORT', 3100);
  return [
    { service: 'prometheus', container: 'alex-prometheus', url: prometheus, healthUrl: `${prometheus}/-/healthy` },
    {
      service: 'jaeger',
      container: 'alex-jaeger',
      url: at('JAEGER_UI_PORT', 16686),
      healthUrl: `${at('JAEGER_STATUS_PORT', 13133)}/status`,
    },
    {
      service: 'grafana',
      container: 'alex-grafana',
      url: grafana,
      healthUrl: `${grafana}/api/health`,
      note: env['GRAFANA_ADMIN_PASSWORD'] ? '' : 'admin/admin',
    },
    {
      service: 'alertmanager',
      container: 'alex-alertmanager',
      url: alertmanager,
      healthUrl: `${alertmanager}/-/healthy`,
    },
    { service: 'loki', container: 'alex-loki', url: loki, healthUrl: `${loki}/ready` },
    ...exporters.map(([service, variable, port]): Page => {
      const url = at(variable, port);
      return { service, container: `alex-${service}`, url, healthUrl: `${url}/health` };
    }),
  ];
}

/** The services of the overlay `exporters`, with the variables of their ports. */
const exporters: readonly (readonly [service: string, variable: string, port: number])[] = [
  ['alec-exporter', 'ALEC_PORT', 9100],
  ['dsfb-exporter', 'DSFB_PORT', 9184],
  ['lead-factory-metrics', 'LEAD_FACTORY_PORT', 8000],
  ['allsource-core', 'ALLSOURCE_CORE_PORT', 8080],
  ['allsource-control-plane', 'ALLSOURCE_CONTROL_PLANE_PORT', 8081],
];
