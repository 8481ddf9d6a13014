import { type RunningServer, serve } from '../serve.ts';
import { createModelApp, type ModelAppOptions } from './app.ts';

export interface ModelServerOptions extends ModelAppOptions {
  /** Default 0: any free port. */
  readonly port?: number;
}

/** Starts the local model server on 127.0.0.1. `${url}/v1` is the base URL for an OpenAI client. */
export function startModelServer(options: ModelServerOptions = {}): Promise<RunningServer> {
  const { port = 0, ...app } = options;
  return serve(createModelApp(app), port);
}
