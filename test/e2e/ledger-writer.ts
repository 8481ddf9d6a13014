import { costSink, openCostStore } from '@alex/exporters/lead-factory';

/**
 * A process that spends. `ledger-writer.ts http URL NAME` books through the service, `... file PATH NAME` through the sink of
 * agents, `... store PATH NAME` without a worker. It prints the number of each cost once that is acknowledged.
 */
const [kind = '', location = '', name = '', wanted = '1000000'] = process.argv.slice(2);
const say = (line: string) => new Promise<void>((resolve) => process.stdout.write(`${line}\n`, () => resolve()));

if (kind === 'store') {
  const store = await openCostStore(location);
  for (let number = 0; number < Number(wanted); number++) {
    const externalId = `${name}-${number}`;
    const none = { tier: null, businessId: null, sessionId: null, model: null };
    await store.append([{ service: name, operation: 'call', microUsd: 1000, timeMs: Date.now(), externalId, ...none }]);
    await say(`acknowledged ${number}`);
  }
  await store.close();
} else {
  const sink = await costSink(location);
  for (let number = 0; number < Number(wanted); number++) {
    const spanId = (number + 1).toString(16).padStart(8, '0') + Buffer.from(name).toString('hex');
    await sink.append({
      timeMs: Number(process.env['NOW'] ?? Date.now()),
      provider: name,
      model: 'call',
      usd: 0.5,
      spanId,
    });
    await say(`acknowledged ${number}`);
  }
  await sink.close();
}
