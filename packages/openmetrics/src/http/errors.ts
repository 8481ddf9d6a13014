/** Why a server could not listen. */
export type MetricsServerErrorCode = 'PORT_TAKEN' | 'PORT_FORBIDDEN' | 'HOST_UNAVAILABLE' | 'LISTEN_FAILED';

/** The server could not listen; the message says where and what to do, `cause` is the error of the system. */
export class MetricsServerError extends Error {
  readonly code: MetricsServerErrorCode;

  constructor(code: MetricsServerErrorCode, message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'MetricsServerError';
    this.code = code;
  }
}

/** Tells a failed `listen` in words. */
export function listenError(cause: NodeJS.ErrnoException, host: string, port: number): MetricsServerError {
  const place = `port ${port} on ${host}`;
  switch (cause.code) {
    case 'EADDRINUSE':
      return new MetricsServerError(
        'PORT_TAKEN',
        `Cannot serve metrics: ${place} is taken by another process. Choose another port, or 0 for any free one.`,
        cause,
      );
    case 'EACCES':
      return new MetricsServerError(
        'PORT_FORBIDDEN',
        `Cannot serve metrics: ${place} needs more rights. Choose a port above 1023, or 0 for any free one.`,
        cause,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new MetricsServerError(
        'HOST_UNAVAILABLE',
        `Cannot serve metrics: this machine has no address ${host}. Use 127.0.0.1, or 0.0.0.0 for all addresses.`,
        cause,
      );
    default:
      return new MetricsServerError('LISTEN_FAILED', `Cannot serve metrics: ${place}: ${cause.message}`, cause);
  }
}
