import type { Attributes } from '@opentelemetry/api';
import { isObject } from '../context/guard.ts';

/** As many as a span keeps. */
const maximumCount = 128;

/** The attributes that a program gave, bounded; none where it gave something else. May throw when they are hostile. */
export function attributesOf(given: unknown): Attributes {
  if (!isObject(given) || typeof given === 'function' || Array.isArray(given) || ArrayBuffer.isView(given)) return {};
  const attributes: Attributes = {};
  for (const key of Object.keys(given).slice(0, maximumCount)) attributes[key] = given[key] as Attributes[string];
  return attributes;
}
