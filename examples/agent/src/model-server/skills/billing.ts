import { bestFile, csvRows, found, isoDate, numberIn, pathsOf, tableRow, usd } from '../reading.ts';
import { ask, askAll, compute, type Skill, type Work } from '../skill.ts';

/** "How much did we pay VENDOR in MONTH?": the paid invoices, added up. */
export const vendorTotal: Skill = {
  start(question) {
    const vendor = /how much (?:did|have) we (?:pay|paid|spend|spent)(?: to| on| with)? (.+?) (?:in|for|during) /i.exec(
      question,
    )?.[1];
    return vendor === undefined ? undefined : addInvoices(vendor, isoDate(question));
  },
};

/** "Which vendor did we pay the most in MONTH?": the paid invoices by vendor, the largest sums calculated side by side. */
export const costliestVendor: Skill = {
  start: (question) =>
    /which vendor .*\b(most|highest)\b/i.test(question) ? compareVendors(isoDate(question)) : undefined,
};

/** "What do SEATS seats of the PLAN plan cost for a year?": the price list, with the discount for annual billing. */
export const planPrice: Skill = {
  start(question) {
    const plan = /\bthe ([A-Z]\w+) plan\b/.exec(question)?.[1];
    const seats = /(\d+) seats/.exec(question)?.[1];
    return plan === undefined || seats === undefined ? undefined : priceForYear(plan, seats);
  },
};

function* addInvoices(vendor: string, month: string): Work {
  const hits = yield* ask(`I look for where ${vendor} is mentioned.`, 'search_files', { query: vendor });
  const path = bestFile(hits, /\.csv$/);
  const table = yield* ask(`The invoices are in ${path}.`, 'read_file', { path });
  const paid = csvRows(table).filter(
    (row) =>
      row['vendor']?.toLowerCase() === vendor.toLowerCase() &&
      row['date']?.startsWith(month) &&
      row['status'] === 'paid',
  );
  if (paid.length === 0) return `There is no paid invoice of ${vendor} in ${month} in ${path}.`;
  const total = yield* compute(
    `${paid.length} invoices of ${vendor} were paid in ${month}. I add them up.`,
    paid.map((row) => row['amount_usd']).join(' + '),
  );
  return `We paid ${vendor} ${usd(total)} in ${month}: ${paid.map((row) => row['id']).join(', ')}. Source: ${path}.`;
}

function* compareVendors(month: string): Work {
  const list = yield* ask('I look for the invoices.', 'list_files', {});
  const path = pathsOf(list, /invoice.*\.csv$/)[0]!;
  const table = yield* ask('That is the file with the invoices.', 'read_file', { path });
  const byVendor = new Map<string, string[]>();
  for (const row of csvRows(table)) {
    if (!row['date']?.startsWith(month) || row['status'] !== 'paid') continue;
    const amounts = byVendor.get(row['vendor'] ?? '') ?? [];
    byVendor.set(row['vendor'] ?? '', [...amounts, row['amount_usd'] ?? '0']);
  }
  found([...byVendor.keys()][0], `no invoice was paid in ${month}`);
  const largest = [...byVendor].sort(([, a], [, b]) => roughly(b) - roughly(a)).slice(0, 3);
  const totals = yield* askAll(
    `${byVendor.size} vendors were paid. I add up the largest.`,
    largest.map(([, amounts]) => ({ name: 'calculate', arguments: { expression: amounts.join(' + ') } })),
  );
  const ranking = largest
    .map(([vendor], index) => ({ vendor, total: Number(totals[index]) }))
    .sort((a, b) => b.total - a.total);
  const { vendor, total } = ranking[0]!;
  return `In ${month} we paid ${vendor} the most: ${usd(total)}, out of ${byVendor.size} vendors with paid invoices.`;
}

function* priceForYear(plan: string, seats: string): Work {
  const hits = yield* ask(`I look for the price of ${plan}.`, 'search_files', { query: `| ${plan} |` });
  const path = bestFile(hits);
  const list = yield* ask(`The price is in ${path}; I check the terms too.`, 'read_file', { path });
  const price = numberIn(tableRow(list, plan)['price per seat'], 'the price');
  const discount = /Annual billing: (\d+(?:\.\d+)?) %/.exec(list)?.[1] ?? '0';
  const cost = yield* compute(
    `A seat costs ${price} USD a month, and annual billing takes ${discount} % off.`,
    `${seats} * 12 * ${price} * (1 - ${discount} / 100)`,
  );
  return `${seats} seats of ${plan} cost ${usd(cost)} for a year with annual billing (${discount} % off ${price} USD per seat and month).`;
}

function roughly(amounts: readonly string[]): number {
  return amounts.reduce((total, amount) => total + Number(amount), 0);
}
