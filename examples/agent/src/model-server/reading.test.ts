import { describe, expect, it } from 'vitest';
import { actionItems, bestFile, csvRows, isoDate, loggedRequests, numberIn, pathsOf, tableRow } from './reading.ts';

describe('reading tool results', () => {
  it.each([
    ['on 14 October 2026', '2026-10-14'],
    ['on 4 March 2027, please', '2027-03-04'],
    ['in October 2026', '2026-10'],
    ['on 2026-10-14', '2026-10-14'],
    ['in 2026-10', '2026-10'],
  ])('finds the date "%s"', (question, date) => {
    expect(isoDate(question)).toBe(date);
  });

  it('says what a question or a text lacks', () => {
    expect(() => isoDate('how much?')).toThrow('names no date');
    expect(() => isoDate('in Octember 2026')).toThrow('"Octember" is not a month');
    expect(() => numberIn('none', 'the price')).toThrow('the price is not given');
    expect(() => tableRow('| a | b |', 'c')).toThrow('there is no row "c"');
    expect(() => bestFile('(no hits)')).toThrow('no file mentions it');
    expect(() => pathsOf('a.md', /\.csv$/)).toThrow('no file in the list fits');
  });

  it('chooses the file with most hits', () => {
    expect(bestFile('a.md:1: x\nb.md:1: x\nb.md:7: x: y')).toBe('b.md');
    expect(bestFile('a.md:1: x\nb.csv:1: x\na.md:2: x', /\.csv$/)).toBe('b.csv');
  });

  it('reads tables, logs and lists', () => {
    expect(csvRows('id,usd\nA,1.50\nB,2\n')).toEqual([
      { id: 'A', usd: '1.50' },
      { id: 'B', usd: '2' },
    ]);
    expect(tableRow('# t\n\n| plan | price |\n|---|---|\n| Team | 29 |', 'team')).toEqual({
      plan: 'Team',
      price: '29',
    });
    expect(numberIn('1,840 orders', 'orders')).toBe('1840');
    expect(loggedRequests('t INFO request method=GET path=/a status=200 duration_ms=12\nt WARN pool\n')).toEqual([
      { method: 'GET', path: '/a', status: 200, durationMs: '12' },
    ]);
    expect(actionItems('- [x] Do (it) (owner: Jo Doe, due: 2026-01-02)\n- other')).toEqual([
      { open: false, what: 'Do (it)', owner: 'Jo Doe', due: '2026-01-02' },
    ]);
  });
});
