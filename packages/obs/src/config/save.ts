import { realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Document } from 'yaml';
import { type ErrorCode, ObsError } from '../errors.ts';
import { load } from '../load.ts';
import { makeFolder } from '../make-folder.ts';
import type { PartialConfiguration } from './configuration.ts';
import { readText } from './file.ts';
import { keyByPath, valueAt } from './tree.ts';
import { codeItem, walk } from './walk.ts';

const sectionName = 'observability';

/** What `initConfiguration` writes: the keys that people change, each with the values it can have. */
const template = `# Observability of the agent. All keys: docs/configuration.md
observability:
  logging:
    level: info # debug, info, warn or error; followed while the agent runs
    format: json # json or text; followed while the agent runs
    output: stdout # stdout, stderr or the path of a file
  metrics:
    enabled: true
    prometheus_port: 9090 # 0 takes any free port
  tracing:
    enabled: true
    exporter: jaeger # jaeger, otlp or zipkin
    jaeger_endpoint: http://localhost:14268/api/traces
    sample_rate: 1.0 # 0 is never, 1 is always; followed while the agent runs
    service_name: alex
    service_version: 1.0.0
  content: off # off, metadata or full: what spans and logs say of prompts and results
`;

/**
 * Writes a commented section `observability` with the common keys; everything else in the file stays. Throws an
 * `ObsError`: CONFIG_EXISTS when the section is there and `force` is not set, CONFIG_SYNTAX, CONFIG_UNREADABLE.
 */
export function initConfiguration(path: string, { force = false }: { readonly force?: boolean } = {}): void {
  const text = readExisting(path);
  const document = parse(text ?? '', path);
  if (document.contents === null) {
    // Comments that stand alone in the file are kept too.
    const start = text === undefined || text.trim() === '' ? '' : `${text.trimEnd()}\n\n`;
    writeAtomically(path, start + template);
    return;
  }
  if (document.has(sectionName) && !force) {
    throw new ObsError(
      'CONFIG_EXISTS',
      `${path} has a section ${sectionName} already; --force replaces it (in code: { force: true })`,
    );
  }
  document.set(sectionName, parse(template, 'template').get(sectionName, true));
  writeAtomically(path, print(document));
}

/**
 * Sets keys in the file, which is created when absent; its comments, its other keys and those of the agent stay. Throws
 * an `ObsError`: CONFIG_INVALID for values that are not allowed, CONFIG_SYNTAX, CONFIG_UNREADABLE.
 */
export function saveConfiguration(path: string, values: PartialConfiguration): void {
  const { problems } = walk(codeItem(values), '');
  if (problems.length > 0) throw new ObsError('CONFIG_INVALID', problems.map(({ message }) => message).join('\n'));
  const document = parse(readExisting(path) ?? '', path);
  if (document.contents === null) Object.assign(document, { contents: document.createNode({}) });
  for (const keyPath of keyByPath.keys()) {
    const value = valueAt(values, keyPath);
    if (value === undefined) continue;
    const names = [sectionName, ...keyPath.split('.')];
    replaceEmptySections(document, names);
    document.setIn(names, value);
  }
  writeAtomically(path, print(document));
}

/** `logging:` without anything below is null, and nothing can be set inside null. */
function replaceEmptySections(document: Document, names: readonly string[]): void {
  for (let depth = 1; depth < names.length; depth++) {
    const section = names.slice(0, depth);
    if (document.hasIn(section) && document.getIn(section) === null) document.setIn(section, document.createNode({}));
  }
}

function readExisting(path: string): string | undefined {
  try {
    return readText(path);
  } catch (error) {
    throw failure('CONFIG_UNREADABLE', `${path}: cannot be read`, error);
  }
}

function parse(text: string, path: string): Document {
  const yaml = load<typeof import('yaml')>('yaml');
  const document: Document = yaml.parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw new ObsError('CONFIG_SYNTAX', `${path}: ${error.message}`);
  if (document.contents !== null && !yaml.isMap(document.contents)) {
    throw new ObsError('CONFIG_SYNTAX', `${path}: the file must be a mapping at the top`);
  }
  return document;
}

function print(document: Document): string {
  return document.toString({ lineWidth: 0 });
}

/** The file is whole at every moment; a symbolic link stays one. */
function writeAtomically(path: string, text: string): void {
  const target = targetOf(path);
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    makeFolder(dirname(target));
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw failure('CONFIG_UNREADABLE', `${path}: cannot be written`, error);
  }
}

function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function failure(code: ErrorCode, message: string, cause: unknown): ObsError {
  return new ObsError(code, `${message}: ${(cause as Error).message}`, { cause });
}
