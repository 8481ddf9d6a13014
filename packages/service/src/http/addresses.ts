/** The URL that a person opens for a bound address: all addresses (0.0.0.0, ::) are shown as 127.0.0.1. */
export function urlOf(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::' || host === '') return `http://127.0.0.1:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The name in a Host header, without port and brackets, in lower case. */
export function hostnameOf(hostHeader: string): string {
  const name = hostHeader.startsWith('[') ? hostHeader.slice(1).split(']')[0]! : hostHeader.split(':')[0]!;
  return name.toLowerCase();
}
