import { connect } from 'node:net';

/** Whether something accepts connections at a URL or host:port, asked for at most `timeoutMs`. Never rejects. */
export function answers(endpoint: string, timeoutMs = 300): Promise<boolean> {
  const text = endpoint.includes('://') ? endpoint : `http://${endpoint}`;
  if (!URL.canParse(text)) return Promise.resolve(false);
  const { hostname, port, protocol } = new URL(text);
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port) || (protocol === 'https:' ? 443 : 80),
    });
    const finish = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(timeoutMs, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}
