import type { CreateProvider } from './tracing.ts';

let hosted: CreateProvider | undefined;

/** From now on the process's own instance makes its spans with this provider; for `register`. */
export function hostProvider(create: CreateProvider): void {
  hosted = create;
}

/** What `hostProvider` was given. */
export function hostedProvider(): CreateProvider | undefined {
  return hosted;
}
