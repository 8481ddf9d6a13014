import { describe, expect, it } from 'vitest';
import { createLogger, type LoggingOptions } from './logging.ts';

function logged(options: Partial<LoggingOptions>, log: (logger: ReturnType<typeof createLogger>) => void): string {
  let text = '';
  const stream = { write: (part: string) => (text += part) };
  log(createLogger({ name: 'app', level: 'info', format: 'json', stream, ...options }));
  return text;
}

describe('createLogger', () => {
  it('writes one JSON object per line', () => {
    const line = logged({}, (logger) => logger.warn({ port: 1, error: new Error('broken') }, 'Cannot do it'));
    expect(JSON.parse(line)).toEqual({
      level: 'WARN',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      service: 'app',
      port: 1,
      error: { type: 'Error', message: 'broken', stack: expect.any(String) },
      msg: 'Cannot do it',
    });
  });

  it('writes text with quoted values, and errors as their message', () => {
    const line = logged({ format: 'text' }, (logger) =>
      logger.error({ path: '/a b', count: 2, empty: '', error: new Error('broken'), list: [1] }, 'Cannot do it'),
    );
    expect(line).toMatch(/^\S+Z ERROR Cannot do it path="\/a b" count=2 empty="" error=broken list=\[1\]\n$/);
  });

  it('keeps a record on one line of text, whatever strangers put into it', () => {
    const line = logged({ format: 'text' }, (logger) =>
      logger.info({ path: '/\u001b[2J\u009b\n' }, 'one\ntwo\u001b[2J'),
    );
    expect(line).toMatch(/^\S+Z INFO {2}one\\u000atwo\\u001b\[2J path="\/\\u001b\[2J\\u009b\\n"\n$/);
  });

  it('leaves out lines below the level', () => {
    expect(logged({ level: 'warn' }, (logger) => logger.info('quiet'))).toBe('');
  });
});
