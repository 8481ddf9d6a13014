import type { IncomingMessage } from 'node:http';

/** Names that reach a loopback listener without an attacker's page in between: this machine, and its containers' names for it. */
export const loopbackHosts: readonly string[] = [
  'localhost',
  '127.0.0.1',
  '[::1]',
  'host.docker.internal',
  'host.containers.internal',
];

/** Whether a bind address is only reachable from this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Whether an `Authorization` header is `Bearer <token>`; takes equal time for every wrong token. */
export function hasToken(authorization: string | undefined, token: string): boolean {
  const given = /^bearer /i.test(authorization ?? '') ? authorization!.slice('bearer '.length) : '';
  const { createHash, timingSafeEqual } = process.getBuiltinModule('node:crypto');
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token)) && given !== '';
}

/** Whether the `Host` header names one of `allowed`; a page that rebinds its own name to loopback does not. */
export function hasAllowedHost(request: IncomingMessage, allowed: ReadonlySet<string>): boolean {
  const { host } = request.headers;
  // Browsers always send it.
  return host === undefined || allowed.has(host.replace(/:\d*$/, '').toLowerCase());
}
