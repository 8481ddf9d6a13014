import { bestFile, found, isoDate, loggedRequests, numberIn, pathsOf, tableRow, usd } from '../reading.ts';
import { ask, askAll, compute, type Skill, type Work } from '../skill.ts';

/** "Which service logged the most errors on DAY?": every log of the day, read at once. */
export const mostErrors: Skill = {
  start: (question) => (/which service .*most errors/i.test(question) ? compareErrors(isoDate(question)) : undefined),
};

/** "What was the average response time of SERVICE on DAY?" */
export const responseTime: Skill = {
  start(question) {
    const service = /average (?:response time|duration|latency) of (?:the )?(\w+)/i.exec(question)?.[1];
    return service === undefined ? undefined : averageTime(service, isoDate(question));
  },
};

/** "Does SERVICE meet its objective?": the live status against the written service level. */
export const serviceLevel: Skill = {
  start(question) {
    const service = /(?:does|is|did) (?:the )?(\w+)(?: service)? .*(?:service level|objective|error rate)/i.exec(
      question,
    )?.[1];
    return service === undefined ? undefined : compareWithObjective(service);
  },
};

/** "How much revenue did failed checkouts cost on DAY?": failed orders in the log times the average order value. */
export const lostRevenue: Skill = {
  start: (question) =>
    /revenue.*checkout|checkout.*revenue/i.test(question) ? priceFailures(isoDate(question)) : undefined,
};

function* compareErrors(day: string): Work {
  const list = yield* ask('I look for the logs.', 'list_files', { path: 'logs' });
  const paths = pathsOf(list, new RegExp(day));
  const logs = yield* askAll(
    `There are ${paths.length} logs of that day. I read all of them.`,
    paths.map((path) => ({ name: 'read_file', arguments: { path } })),
  );
  const counts = paths.map((path, index) => ({
    service: serviceOf(path),
    errors: (logs[index] ?? '').split('\n').filter((line) => line.includes(' ERROR ')).length,
  }));
  const most = counts.reduce((first, next) => (next.errors > first.errors ? next : first));
  return `${most.service} logged the most errors on ${day}: ${most.errors}. I compared ${paths.length} services.`;
}

function* averageTime(service: string, day: string): Work {
  const list = yield* ask(`I look for the log of ${service}.`, 'list_files', { path: 'logs' });
  const path = found(
    pathsOf(list, new RegExp(day)).find((each) => serviceOf(each) === service.toLowerCase()),
    `${service} has no log of ${day}`,
  );
  const requests = loggedRequests(yield* ask(`It is ${path}.`, 'read_file', { path }));
  found(requests[0], `${path} holds no request`);
  const average = yield* compute(
    `The log holds ${requests.length} requests. I calculate the average.`,
    `round(average(${requests.map((request) => request.durationMs).join(', ')}), 1)`,
  );
  return `The average response time of ${service} on ${day} was ${average} ms over ${requests.length} requests.`;
}

function* compareWithObjective(service: string): Work {
  const [hits = '', status = ''] = yield* askAll('I need the written objective and the live counts.', [
    { name: 'search_files', arguments: { query: 'maximum error rate' } },
    { name: 'http_get', arguments: { url: `/status/${service.toLowerCase()}` } },
  ]);
  const path = bestFile(hits);
  const levels = yield* ask(`The objectives are in ${path}.`, 'read_file', { path });
  const limit = numberIn(tableRow(levels, service)['maximum error rate'], 'the maximum error rate');
  const { requests, errors } = JSON.parse(status) as { requests: number; errors: number };
  const rate = yield* compute(
    `The gateway counts ${errors} errors in ${requests} requests; at most ${limit} % are allowed.`,
    `round(100 * ${errors} / ${requests}, 2)`,
  );
  const verdict = rate <= Number(limit) ? 'Yes' : 'No';
  return `${verdict}: the error rate of ${service} is ${rate} % (${errors} of ${requests} requests), the objective allows ${limit} %.`;
}

function* priceFailures(day: string): Work {
  const list = yield* ask('I look for the log of checkout.', 'list_files', { path: 'logs' });
  const path = found(
    pathsOf(list, new RegExp(day)).find((each) => serviceOf(each) === 'checkout'),
    `there is no log of ${day}`,
  );
  const requests = loggedRequests(yield* ask(`It is ${path}.`, 'read_file', { path }));
  const failed = requests.filter((request) => request.method === 'POST' && request.status >= 500).length;
  const hits = yield* ask(`${failed} orders failed. Now I need the value of an order.`, 'search_files', {
    query: 'average order value',
  });
  const figures = yield* ask('I read it in its context.', 'read_file', { path: bestFile(hits) });
  const value = numberIn(/average order value: (.+)/i.exec(figures)?.[1], 'the average order value');
  const lost = yield* compute(`An order is worth ${value} USD on average.`, `${failed} * ${value}`);
  return `${failed} orders failed on ${day}; at an average order value of ${usd(Number(value))} that is ${usd(lost)}.`;
}

function serviceOf(path: string): string {
  return /([^/]+?)-\d{4}-\d{2}-\d{2}\.\w+$/.exec(path)?.[1] ?? path;
}
