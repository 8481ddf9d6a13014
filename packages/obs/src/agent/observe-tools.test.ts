import { describe, expect, it } from 'vitest';
import { collectingHost } from './testing/collecting-host.ts';

describe('observed tools', () => {
  it('may be a function, which is wrapped once', async () => {
    const { agent, tools } = collectingHost();
    async function readFile(path: string): Promise<string> {
      return `contents of ${path}`;
    }
    const observed = agent.observeTools(readFile);
    expect(agent.observeTools(observed)).toBe(observed);
    expect(agent.observeTools(readFile)).toBe(observed);
    expect(observed.name).toBe('readFile');
    expect(await observed('a')).toBe('contents of a');
    expect(tools()).toMatchObject([{ toolName: 'readFile', status: 'success', resultLength: 13 }]);
  });

  it('may be an executor of calls or of a name with arguments', () => {
    const { agent, tools } = collectingHost();
    const executor = agent.observeTools({
      suffix: '!',
      execute(call: { id: string; name: string; arguments: string }) {
        return call.name + this.suffix;
      },
    });
    expect(executor.execute({ id: 'c1', name: 'search', arguments: '{}' })).toBe('search!');
    const byName = agent.observeTools({ execute: (name: string, _given: object) => name });
    byName.execute('fetch', {});
    expect(tools()).toMatchObject([{ toolName: 'search', callId: 'c1' }, { toolName: 'fetch' }]);
  });

  it('may be a map, an object or a list of tools, patched in place', async () => {
    const { agent, tools } = collectingHost();
    const add = {
      description: 'adds',
      execute: async ({ a, b }: { a: number; b: number }, _options?: object) => a + b,
    };
    const named = { add, subtract: (a: number, b: number): number => a - b };
    expect(agent.observeTools(agent.observeTools(named))).toBe(named);
    expect(await named.add.execute({ a: 1, b: 2 }, { toolCallId: 'c2' })).toBe(3);
    expect(named.subtract(3, 1)).toBe(2);
    const map = agent.observeTools(new Map([['multiply', (a: number, b: number) => a * b]]));
    expect(map.get('multiply')?.(2, 3)).toBe(6);
    const list = agent.observeTools([{ name: 'noop', execute: () => undefined }]);
    list[0]?.execute();
    expect(tools()).toMatchObject([
      { toolName: 'add', callId: 'c2' },
      { toolName: 'subtract' },
      { toolName: 'multiply' },
      { toolName: 'noop' },
    ]);
  });

  it('count once through a registry that is observed on register and on get', () => {
    const { agent, tools } = collectingHost();
    const known = new Map<string, { execute: () => string }>();
    const registry = agent.observeTools({
      register: (name: string, tool: { execute: () => string }) => void known.set(name, tool),
      get: (name: string) => known.get(name),
    });
    registry.register('clock', { execute: () => 'noon' });
    expect(registry.get('clock')?.execute()).toBe('noon');
    expect(agent.observeTools(registry).get('clock')?.execute()).toBe('noon');
    expect(tools()).toMatchObject([{ toolName: 'clock' }, { toolName: 'clock' }]);
  });

  it('inside obs.executeTool of the same name count once', () => {
    const { agent, tools } = collectingHost();
    const named = agent.observeTools({ clock: () => 'noon' });
    agent.executeTool({ name: 'clock', callId: 'c1' }, () => named.clock());
    agent.executeTool({ name: 'helper' }, () => named.clock());
    expect(tools().map(({ toolName }) => toolName)).toEqual(['clock', 'clock', 'helper']);
  });

  it('that are frozen stay as they are', () => {
    const { agent } = collectingHost();
    const frozen = Object.freeze({ execute: () => 1 });
    expect(agent.observeTools(frozen)).toBe(frozen);
    expect(frozen.execute()).toBe(1);
  });

  it('can be observed again after their instance was shut down', () => {
    let alive = true;
    const first = collectingHost({ active: () => alive });
    const second = collectingHost();
    const tool = { name: 'clock', execute: () => 'noon' };
    first.agent.observeTools(tool);
    second.agent.observeTools(tool).execute();
    alive = false;
    second.agent.observeTools(tool).execute();
    expect([first.tools().length, second.tools().length]).toEqual([1, 1]);
  });
});
