import type { CommandIo, RunningService, ServiceOptions } from '@alex/service';
import { embedded, serve } from '../serve.ts';
import { answerChat, listModels, type ModelBehaviour } from './app.ts';

export interface ModelServerOptions extends Partial<ModelBehaviour> {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Instead of `port`: all options of a service. */
  readonly service?: ServiceOptions;
  /** Where the server says that it listens. Default: nowhere. */
  readonly io?: CommandIo;
}

/**
 * Starts the local model server: `POST /v1/chat/completions` (streaming or not) and `GET /v1/models`, as OpenAI's clients
 * expect them. `${url}/v1` is their base URL.
 */
export function startModelServer(options: ModelServerOptions = {}): Promise<RunningService> {
  const { port = 0, service = embedded(port), io, ...given } = options;
  const behaviour: ModelBehaviour = { seed: 1, failureRate: 0.05, slipRate: 0.2, speed: 1, ...given };
  return serve({
    name: 'model-server',
    options: service,
    io,
    routes(router, { signal }) {
      router.get('/v1/models', listModels);
      router.post('/v1/chat/completions', ({ req: { raw } }) =>
        answerChat(raw, behaviour, AbortSignal.any([raw.signal, signal])),
      );
    },
  });
}
