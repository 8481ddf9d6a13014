/** Whether an address to bind is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

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
