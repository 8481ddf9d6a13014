import type { Router } from '@alex/service';
import { StoreError } from '../errors.ts';
import type { SchemaSubject, SchemaVersion } from '../schemas/schema-registry.ts';
import type { EventStore } from '../store/event-store.ts';
import { jsonBody, optionalText, parseInteger } from './parameters.ts';

type Store = () => EventStore;

/** Schemas and pipelines. */
export function addRegistryRoutes(router: Router, store: Store): void {
  addSchemaRoutes(router, store);
  addPipelineRoutes(router, store);
}

function addSchemaRoutes(router: Router, store: Store): void {
  router.post('/api/v1/schemas', async (context) => {
    const body = await jsonBody(context);
    const description = optionalText(body['description'], 'description');
    const version = await store().registerSchema(body['subject'], body['schema'], description);
    return context.json({ ...versionJson(version), schema_id: `${version.subject}/${version.version}` });
  });
  router.get('/api/v1/schemas', (context) => {
    const { subjects } = store().parts.schemas;
    return context.json({ subjects: subjects.map(({ subject }) => subject), total: subjects.length });
  });
  router.get('/api/v1/schemas/:subject', (context) => {
    const version = parseInteger(context.req.query('version'), 'version', { minimum: 1 });
    const { subject } = context.req.param();
    const { schemas } = store().parts;
    return context.json({
      ...versionJson(schemas.version(subject, version)),
      ...subjectJson(schemas.subject(subject)),
    });
  });
  router.get('/api/v1/schemas/:subject/versions', (context) => {
    const { subject, versions } = store().parts.schemas.subject(context.req.param('subject'));
    return context.json({ subject, versions: versions.map(({ version }) => version) });
  });
  router.post('/api/v1/schemas/validate', async (context) => {
    const body = await jsonBody(context);
    const subject = optionalText(body['subject'], 'subject') ?? '';
    if (!('payload' in body)) throw new StoreError('invalid', 'payload is missing');
    const version = parseInteger(body['version'], 'version', { minimum: 1 });
    const { schemas } = store().parts;
    try {
      schemas.version(subject, version);
    } catch (error) {
      throw new StoreError('invalid', (error as Error).message, { cause: error });
    }
    return context.json(schemas.validate(subject, body['payload'], version));
  });
  router.put('/api/v1/schemas/:subject/compatibility', async (context) => {
    const { compatibility } = await jsonBody(context);
    const { subject } = context.req.param();
    const changed = await store().changeSchema((schemas) => schemas.withCompatibility(subject, compatibility));
    return context.json(subjectJson(changed));
  });
  router.put('/api/v1/schemas/:subject/bind', async (context) => {
    const { event_type } = await jsonBody(context);
    const { subject } = context.req.param();
    const changed = await store().changeSchema((schemas) => schemas.withEventType(subject, event_type));
    return context.json(subjectJson(changed));
  });
}

function versionJson({ subject, version, schema, description, created_at }: SchemaVersion) {
  return { subject, version, schema, description, created_at };
}

function subjectJson({ subject, compatibility, event_types }: SchemaSubject) {
  return { subject, compatibility, event_types };
}

function addPipelineRoutes(router: Router, store: Store): void {
  router.post('/api/v1/pipelines', async (context) => {
    const { replace = false, ...configuration } = await jsonBody(context);
    if (typeof replace !== 'boolean') throw new StoreError('invalid', 'replace is true or false');
    if (replace && configuration['id'] === undefined) {
      throw new StoreError('invalid', 'replace needs the id of the pipeline that is replaced');
    }
    const pipeline = await store().registerPipeline(configuration, { replace });
    return context.json({ pipeline_id: pipeline.id, ...pipeline });
  });
  router.get('/api/v1/pipelines', (context) => {
    const { configurations } = store().parts.pipelines;
    return context.json({ pipelines: configurations, total: configurations.length });
  });
  router.get('/api/v1/pipelines/stats', (context) => {
    const { pipelines } = store().parts;
    return context.json({ stats: pipelines.configurations.map(({ id }) => pipelines.statistics(id)) });
  });
  router.get('/api/v1/pipelines/:id', (context) => context.json(store().parts.pipelines.get(context.req.param('id'))));
  router.delete('/api/v1/pipelines/:id', async (context) => {
    await store().removePipeline(context.req.param('id'));
    return context.json({ status: 'removed', pipeline_id: context.req.param('id') });
  });
  router.get('/api/v1/pipelines/:id/stats', (context) =>
    context.json(store().parts.pipelines.statistics(context.req.param('id'))),
  );
  router.put('/api/v1/pipelines/:id/reset', (context) => {
    store().parts.pipelines.reset(context.req.param('id'));
    return context.json({ status: 'reset', pipeline_id: context.req.param('id') });
  });
}
