/**
 * Where OTLP spans go: `host:port` means plain HTTP, and `/v1/traces` is added when there is no path. Throws a
 * `TypeError` for what is no address.
 */
export function otlpTracesUrl(endpoint: string): URL {
  const url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(endpoint) ? endpoint : `http://${endpoint}`);
  if (url.pathname === '/') url.pathname = '/v1/traces';
  return url;
}
