import { readFileSync } from 'node:fs';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { UsageError } from '../errors.ts';
import type { OptionFile } from './resolve.ts';

/**
 * Reads a YAML (or JSON) configuration file; with `section`, the map below that top-level key.
 * Throws UsageError that names the file and, for bad YAML, line and column.
 */
export function readOptionFile(path: string, section?: string): OptionFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`Cannot read the configuration file ${path}: ${reason(error)}`);
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const { line, col } = lineCounter.linePos(problem.pos[0]);
    throw new UsageError(`${path}:${line}:${col}: ${problem.message}`);
  }
  const node = section === undefined ? document.contents : document.get(section, true);
  if (node === null || node === undefined || (isScalar(node) && node.value === null)) {
    const isElsewhere = node === undefined && document.contents !== null;
    const warning = isElsewhere && `${path}: there is no key ${section}: no option is read from it`;
    return { path, values: {}, lines: {}, ...(warning && { warning }) };
  }
  if (!isMap(node)) throw new UsageError(`${path}: ${section ?? 'the file'} must be a map of options`);
  const lines: Record<string, number> = {};
  for (const { key } of node.items) {
    if (isScalar(key) && key.range) lines[String(key.value)] = lineCounter.linePos(key.range[0]).line;
  }
  return { path, values: node.toJS(document) as Record<string, unknown>, lines };
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'there is no such file' : message;
}
