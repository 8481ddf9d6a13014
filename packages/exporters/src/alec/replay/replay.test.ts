import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SensorDataset } from '../csv/sensor-dataset.ts';
import { Replay, type ReplayOptions } from './replay.ts';

function datasetOf(times: readonly number[]): SensorDataset {
  const dataset = new SensorDataset(['a']);
  for (const [index, time] of times.entries()) dataset.push(time, [index]);
  return dataset;
}

const everySecond = datasetOf([0, 1000, 2000, 3000, 4000]);

describe('a replay', () => {
  let replay: Replay;
  let rows: [number, number][];
  let restarts: number;
  let startedMs: number;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'setImmediate'] });
    rows = [];
    restarts = 0;
    startedMs = performance.now();
  });
  afterEach(() => {
    replay.stop();
    vi.useRealTimers();
  });

  function play(dataset: SensorDataset, options: Partial<ReplayOptions> = {}): Promise<void> {
    replay = new Replay(dataset, {
      onRow: (timestampMs) => void rows.push([Math.round(performance.now() - startedMs), timestampMs]),
      onRestart: () => void restarts++,
      ...options,
    });
    return replay.start();
  }
  const times = () => rows.map(([time]) => time);

  it('gives each row its time at the speed', async () => {
    void play(everySecond, { speed: 10, loop: false });
    await vi.advanceTimersByTimeAsync(250);
    expect([times(), replay.position, replay.running]).toEqual([[0, 100, 200], 3, true]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(times()).toEqual([0, 100, 200, 300, 400]);
    expect([replay.position, replay.running, replay.loopsCompleted]).toEqual([5, false, 0]);
  });

  it('plays a minute in a second at speed 60', async () => {
    void play(datasetOf([0, 60_000, 120_000]), { speed: 60 });
    await vi.advanceTimersByTimeAsync(1500);
    expect(times()).toEqual([0, 1000]);
  });

  it('begins again one median interval after the last row', async () => {
    void play(datasetOf([500, 1500, 2500, 9500]), { speed: 1 });
    await vi.advanceTimersByTimeAsync(12_000);
    expect(times()).toEqual([0, 1000, 2000, 9000, 10_000, 11_000, 12_000]);
    expect([restarts, replay.loopsCompleted, replay.position]).toEqual([1, 1, 3]);
  });

  it.each([[[7]], [[7, 7, 7]]])('repeats %j each second', async (given) => {
    void play(datasetOf(given), { speed: 2 });
    await vi.advanceTimersByTimeAsync(1400);
    expect(new Set(times())).toEqual(new Set([0, 500, 1000]));
  });

  it('does not add up delays', async () => {
    const busy = () => {
      rows.push([Math.round(performance.now() - startedMs), 0]);
      vi.advanceTimersByTime(30);
    };
    void play(datasetOf(Array.from({ length: 50 }, (_, index) => index * 100)), { loop: false, onRow: busy });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(times()).toHaveLength(50);
    expect(times().at(-1)).toBe(4900);
  });

  it('pauses and goes on without catching up', async () => {
    void play(everySecond, { loop: false });
    await vi.advanceTimersByTimeAsync(1500);
    replay.pause();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([replay.position, replay.paused, replay.running]).toEqual([2, true, true]);
    replay.resume();
    await vi.advanceTimersByTimeAsync(1000);
    expect(times()).toEqual([0, 1000, 61_500, 62_500]);
  });

  it('goes to a row, at most the last one; backwards the engine begins again', async () => {
    const ended = play(everySecond, { loop: false });
    await vi.advanceTimersByTimeAsync(10);
    replay.seek(3);
    await vi.advanceTimersByTimeAsync(10);
    expect([rows.map(([, data]) => data), restarts]).toEqual([[0, 3000], 0]);
    replay.seek(1);
    expect(restarts).toBe(1);
    replay.seek(99);
    await vi.advanceTimersByTimeAsync(10);
    expect(rows.at(-1)![1]).toBe(4000);
    await ended;
  });

  it('ends at once when it is stopped', async () => {
    const ended = play(everySecond);
    await vi.advanceTimersByTimeAsync(10);
    replay.stop();
    await vi.advanceTimersByTimeAsync(5000);
    await ended;
    expect([times(), replay.running]).toEqual([[0], false]);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('has no speed of %d', (speed) => {
    replay = new Replay(everySecond, { onRow: () => {} });
    expect(() => new Replay(everySecond, { speed, onRow: () => {} })).toThrow(RangeError);
  });
});

describe('a replay at full speed', () => {
  it('lets the event loop turn, and is done with many rows quickly', async () => {
    const dataset = datasetOf(Array.from({ length: 200_000 }, (_, index) => index * 1000));
    let seen = 0;
    const replay = new Replay(dataset, {
      speed: 1e9,
      loop: false,
      onRow: () => {
        // About as much work as a small engine does.
        for (let index = 0; index < 300; index++) seen += index & 1;
      },
    });
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    await replay.start();
    clearInterval(timer);
    expect(replay.position).toBe(200_000);
    expect(seen).toBeGreaterThan(0);
    expect(turns).toBeGreaterThan(0);
  });

  it('lets the event loop turn between rows that take their time', async () => {
    const replay = new Replay(datasetOf(Array.from({ length: 40 }, (_, index) => index)), {
      speed: 1e9,
      loop: false,
      onRow: () => {
        const endMs = performance.now() + 10;
        while (performance.now() < endMs);
      },
    });
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    await replay.start();
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });
});
