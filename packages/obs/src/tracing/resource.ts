import type { Attributes } from '@opentelemetry/api';
import { load } from '../load.ts';
import type { PipelineParts } from './hosted-provider.ts';
import { IdGenerator } from './id-generator.ts';

type Resources = typeof import('@opentelemetry/resources');

export interface ResourceOptions {
  readonly serviceName: string;
  readonly serviceVersion: string;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * What describes this process on every span: service, instance, SDK, and what `OTEL_RESOURCE_ATTRIBUTES` adds. No
 * detector runs: they would publish the command line with its secrets.
 */
export function createResource(options: ResourceOptions): PipelineParts['resource'] {
  const { defaultResource, resourceFromAttributes } = load<Resources>('@opentelemetry/resources');
  const sdk = Object.entries(defaultResource().attributes).filter(([key]) => key.startsWith('telemetry.sdk.'));
  return resourceFromAttributes({
    ...Object.fromEntries(sdk),
    'service.instance.id': instanceId(),
    ...parseResourceAttributes(options.env?.['OTEL_RESOURCE_ATTRIBUTES']),
    'service.name': options.serviceName,
    'service.version': options.serviceVersion,
  });
}

/** `key=value,key=value`, percent-encoded (https://opentelemetry.io/docs/specs/otel/resource/sdk/); bad pairs are left out. */
export function parseResourceAttributes(text: string | undefined): Attributes {
  const attributes: Attributes = {};
  for (const pair of text?.split(',') ?? []) {
    const at = pair.indexOf('=');
    if (at < 1) continue;
    try {
      attributes[pair.slice(0, at).trim()] = decodeURIComponent(pair.slice(at + 1).trim());
    } catch {
      // Not percent-encoded correctly.
    }
  }
  return attributes;
}

let instance: string | undefined;

function instanceId(): string {
  if (instance === undefined) {
    const hex = new IdGenerator().generateTraceId();
    instance = [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `4${hex.slice(13, 16)}`,
      `a${hex.slice(17, 20)}`,
      hex.slice(20),
    ].join('-');
  }
  return instance;
}
