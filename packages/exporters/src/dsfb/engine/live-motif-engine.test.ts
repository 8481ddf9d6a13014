import { describe, expect, it } from 'vitest';
import type { Episode } from '../episode.ts';
import type { ResidualSample } from '../sample.ts';
import { LiveMotifEngine, type OpenEpisode } from './live-motif-engine.ts';
import { MotifEngine } from './motif-engine.ts';

const sample = (t: number, value: number, channel = 'q'): ResidualSample => ({
  t,
  class: 'plan_regression',
  value,
  channel,
});

function live(options = {}) {
  const opened: OpenEpisode[] = [];
  const closed: Episode[] = [];
  const engine = new LiveMotifEngine({
    ...options,
    onOpen: (episode) => opened.push(episode),
    onClose: (episode) => closed.push(episode),
  });
  return { engine, opened, closed };
}

describe('the live engine', () => {
  it('tells each episode once, when it closes, as the offline engine finds it', () => {
    const samples = Array.from({ length: 90 }, (_, t) => sample(t, t >= 5 && t < 15 ? 2 : 0));
    const { engine, opened, closed } = live();
    for (const one of samples) engine.observe(one);
    const offline = new MotifEngine().run(samples);
    expect(offline.length).toBeGreaterThan(0);
    expect(closed).toEqual(offline);
    expect(opened).toHaveLength(closed.length);
    expect(engine.open()).toEqual([]);
  });

  it('shows a fault that lasts while it lasts', () => {
    const { engine, opened, closed } = live();
    for (let t = 0; t < 3600; t++) engine.observe(sample(t, t < 10 ? 0 : 2));
    expect(closed).toEqual([]);
    expect(opened).toHaveLength(1);
    expect(engine.open('plan_regression_onset')).toEqual([
      { motif: 'plan_regression_onset', channel: 'q', tStart: 10, peak: 2 },
    ]);
    expect(engine.open('cache_collapse')).toEqual([]);
  });

  it('closes a silent channel at its last sample', () => {
    const { engine, closed } = live();
    for (let t = 0; t < 20; t++) engine.observe(sample(t, t < 10 ? 0 : 2));
    engine.closeSilent(24, 2);
    // The dwell of the motif is 5 seconds: longer than the silence that was asked for.
    expect(engine.open()).toHaveLength(1);
    expect(closed).toEqual([]);
    engine.closeSilent(24.1, 2);
    expect(closed).toMatchObject([{ tStart: 10, tEnd: 19, peak: 2 }]);
    expect(engine.open()).toEqual([]);
  });

  it('forgets a silent blip that did not last', () => {
    const { engine, closed } = live();
    engine.observe(sample(0, 0));
    engine.observe(sample(1, 3));
    engine.closeSilent(60, 10);
    expect(closed).toEqual([]);
    expect(engine.open()).toEqual([]);
  });

  it('keeps to its cap: the channel that was idle longest goes, its episode closes, and it is counted', () => {
    const { engine, closed } = live({ maxChannels: 3 });
    for (let t = 0; t < 10; t++) engine.observe(sample(t, 2, 'a'));
    for (let index = 0; index < 1000; index++) engine.observe(sample(10 + index, 0, `c${index}`));
    expect(engine.channels('plan_regression_onset')).toEqual({ observed: 3, evicted: 998 });
    expect(closed).toMatchObject([{ channel: 'a', tStart: 0, tEnd: 9 }]);
    expect(closed[0]!.trustSum).toBeCloseTo(1, 9);
  });

  it('groups samples without a channel', () => {
    const { engine, opened } = live();
    engine.observe({ t: 0, class: 'contention', value: 3 });
    engine.observe({ t: 1, class: 'contention', value: 3, channel: null });
    expect(opened).toMatchObject([{ channel: '_anonymous_' }]);
  });
});
