import { parentPort, workerData } from 'node:worker_threads';
import { CostLedger } from '../cost-ledger.ts';
import { LedgerError } from '../errors.ts';
import { openCostStore } from '../store/open-cost-store.ts';
import type { SinkReply, SinkRequest, SinkWorkerData } from './messages.ts';

/** The thread that writes for `costSink`: SQLite waits for disk and locks here, not in the agent. */
export async function runSinkWorker(): Promise<void> {
  const port = parentPort!;
  const { location, settings, authorizeOnError } = workerData as SinkWorkerData;
  const reply = (message: SinkReply): void => port.postMessage(message);
  let ledger: CostLedger;
  try {
    ledger = new CostLedger({ store: await openCostStore(location), settings, authorizeOnError });
  } catch (error) {
    reply({ id: 0, error: described(error) });
    port.close();
    return;
  }
  const running = new Set<Promise<void>>();
  const answer = async (request: SinkRequest): Promise<void> => {
    const { id } = request;
    try {
      if (request.kind === 'append') await ledger.log(request.entry);
      if (request.kind === 'close') {
        await Promise.all(running);
        await ledger.close();
      }
      reply(request.kind === 'authorize' ? { id, decision: await ledger.authorize(request.request) } : { id });
    } catch (error) {
      reply({ id, error: described(error) });
    }
    if (request.kind === 'close') port.close();
  };
  port.on('message', (request: SinkRequest) => {
    const work: Promise<void> = answer(request).finally(() => running.delete(work));
    if (request.kind !== 'close') running.add(work);
  });
  reply({ id: 0 });
}

function described(error: unknown): NonNullable<SinkReply['error']> {
  if (LedgerError.isInstance(error)) return { code: error.code, message: error.message };
  return { code: 'store_unavailable', message: error instanceof Error ? error.message : String(error) };
}
