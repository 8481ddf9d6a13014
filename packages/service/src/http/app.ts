import type { IncomingMessage, ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { HTTPException } from 'hono/http-exception';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { matchedRoutes } from 'hono/route';
import { timeout } from 'hono/timeout';
import type { RouterRoute } from 'hono/types';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ServiceLogger } from '../logging.ts';
import type { ErrorAnswer } from '../service.ts';
import { limitBody } from './body-limit.ts';
import { checkHost, guardWrites, type WritePolicy } from './guards.ts';

/** What hono knows of the Node request, for streams and sockets. */
export interface NodeBindings {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** The router of a service: hono with Node's request and response in `context.env`. */
export type Router = Hono<{ Bindings: NodeBindings }>;

export interface AppOptions {
  readonly logger: ServiceLogger;
  readonly loopback: boolean;
  readonly token: string | undefined;
  readonly writePolicy: WritePolicy;
  readonly corsOrigins: readonly string[];
  readonly allowedHosts: readonly string[];
  /** Bytes of a request body. */
  readonly bodyLimit: number;
  readonly bodyRefused: ((path: string) => void) | undefined;
  /** Milliseconds that a handler gets before the client reads 504. */
  readonly requestTimeout: number;
  /** Counts requests; the outermost middleware, so that refused requests are counted too. */
  readonly measure: MiddlewareHandler | undefined;
  /** Errors that the service itself knows how to answer. */
  readonly answerError: ((error: Error) => ErrorAnswer | undefined) | undefined;
  /** Decides before each route whether the service takes requests. */
  readonly gate: MiddlewareHandler;
}

/** A router with everything around its routes: metrics, Host check, CORS, token, limits, and JSON for errors. */
export function createApp(options: AppOptions): Router {
  const app: Router = new Hono<{ Bindings: NodeBindings }>();
  const surroundings = new Set<RouterRoute>();
  if (options.measure) app.use(options.measure);
  app.use(methodNotAllowed({ app, onMethodNotAllowed: refuseMethod }));
  if (options.loopback) app.use(checkHost(options.allowedHosts));
  if (options.corsOrigins.length > 0) {
    const { corsOrigins } = options;
    app.use(cors({ origin: corsOrigins.includes('*') ? '*' : [...corsOrigins] }));
  }
  app.use(
    guardWrites({
      token: options.token,
      policy: options.writePolicy,
      loopback: options.loopback,
      corsOrigins: options.corsOrigins,
      isAnswered: (context) => matchedRoutes(context).some((route) => !surroundings.has(route)),
    }),
  );
  app.use(limitBody(options.bodyLimit, options.bodyRefused));
  app.use(timeout(options.requestTimeout, () => new HTTPException(504, { message: 'the request took too long' })));
  app.use(options.gate);
  for (const route of app.routes) surroundings.add(route);
  app.notFound((context) => context.json({ error: 'not found' }, 404));
  app.onError((error, context) => answerError(error, context, options));
  return app;
}

function refuseMethod(context: Context, methods: readonly string[]): Response {
  return context.json({ error: `${context.req.method} is not allowed` }, 405, { Allow: methods.join(', ') });
}

function answerError(error: Error, context: Context<{ Bindings: NodeBindings }>, options: AppOptions): Response {
  const { incoming, outgoing } = context.env;
  if (outgoing.headersSent) {
    // The client reads too slowly, or its answer was given when the time was up.
    if (!outgoing.writableFinished) outgoing.destroy();
    return RESPONSE_ALREADY_SENT;
  }
  // It sent only a part of its body; nobody reads this.
  if (incoming.destroyed && !incoming.complete) return context.json({ error: 'the client went away' }, 400);
  const own = options.answerError?.(error);
  if (own !== undefined) return context.json(own.body, own.status as ContentfulStatusCode);
  if (error instanceof HTTPException) {
    if (error.res) return error.res;
    return context.json({ error: error.message }, error.status);
  }
  if (error instanceof SyntaxError && /JSON/.test(error.message)) {
    return context.json({ error: `the body is no valid JSON: ${error.message}` }, 400);
  }
  options.logger.error({ error, method: context.req.method, path: context.req.path }, 'A request failed');
  return context.json({ error: 'internal error' }, 500);
}
