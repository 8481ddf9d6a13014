import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../decoders/decode.py', import.meta.url));

/** Decodes a body with Python libraries that are not this project's: `.ci/tools` installs them. */
export function decode<Result>(kind: 'otlp-traces' | 'otlp-metrics' | 'thrift', body: Buffer): Result {
  const python = process.env['DECODER_PYTHON'];
  if (!python) throw new Error('DECODER_PYTHON is not set: run "source .ci/tools" first');
  return JSON.parse(
    execFileSync(python, [script, kind], { input: body, encoding: 'utf8', maxBuffer: 64 * 2 ** 20 }),
  ) as Result;
}
