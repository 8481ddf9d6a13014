import type { NewEvent } from '../event.ts';
import { seededRandom } from './random.ts';

const cities: readonly string[] = ['Berlin', 'Lyon', 'Porto', 'Gdańsk', 'Turku'];
const steps: readonly string[] = ['order.placed', 'order.paid', 'order.shipped', 'order.delivered'];

/** Events of a shop, one after the other, without end: users sign up, orders go through their steps, a few are cancelled. */
export function* shopEvents(seed: number, entities = 1000): Generator<NewEvent, never> {
  const random = seededRandom(seed);
  const progress = new Map<string, number>();
  const pick = (limit: number): number => Math.floor(random() * limit);
  for (let number = 0; ; number++) {
    if (random() < 0.15) {
      const id = `user-${pick(entities)}`;
      const payload = { name: `User ${number}`, city: cities[pick(cities.length)], newsletter: random() < 0.3 };
      yield { event_type: random() < 0.5 ? 'user.created' : 'user.updated', entity_id: id, payload };
      continue;
    }
    const id = `order-${pick(entities)}`;
    const step = progress.get(id) ?? 0;
    const isCancelled = random() < 0.05;
    progress.set(id, isCancelled || step === steps.length - 1 ? 0 : step + 1);
    yield {
      event_type: isCancelled ? 'order.cancelled' : steps[step]!,
      entity_id: id,
      payload: {
        status: isCancelled ? 'cancelled' : 'active',
        amount: Math.round(random() * 50_000) / 100,
        items: 1 + pick(5),
        customer_id: `user-${pick(entities)}`,
        note: 'as ordered'.padEnd(10 + pick(80), '.'),
      },
      metadata: { source: 'load', number },
    };
  }
}
