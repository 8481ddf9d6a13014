/** Where each address of the compose network is when all services share the network of the host. */
const addresses: readonly (readonly [RegExp, string])[] = [
  [/\bhost\.docker\.internal:/g, '127.0.0.1:'],
  [/\b(jaeger|grafana):(?=\d)/g, '127.0.0.1:'],
  [/\blocalhost:9090\b/g, '127.0.0.1:9091'],
];

/** `prometheus.yml` for `docker-compose.linux.yml`: the same, with the addresses of host mode. */
export function linuxPrometheus(text: string): string {
  const note =
    '# Generated from prometheus.yml by npm run mixin, for docker-compose.linux.yml: all addresses are of the host.\n';
  return note + addresses.reduce((all, [pattern, address]) => all.replace(pattern, address), text);
}
