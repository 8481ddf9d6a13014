/** The script of the landing page: asks `/status` once a second and shows it. Plain text only goes into the page, never markup. */
export const script = `
const element = (id) => document.getElementById(id);
const number = (value, digits = 2) => value === null || value === undefined ? '–' : value.toFixed(digits);
const put = (id, text) => { element(id).textContent = text; };
const reasons = {
  ok: 'from the newest row', too_few_rows: 'waiting for more rows', singular: 'channels cannot be told apart',
  too_many_channels: 'more than 32 channels', low_entropy: 'too little entropy to tell', no_channels: 'no data yet',
};
const history = [];

function rows(id, cells) {
  element(id).replaceChildren(...cells.map((texts) => {
    const row = document.createElement('tr');
    for (const [text, kind] of texts) {
      const cell = row.insertCell();
      cell.textContent = text;
      if (kind) cell.className = kind;
    }
    return row;
  }));
}

function draw(r) {
  if (r !== null) history.push(r);
  if (history.length > 300) history.shift();
  const step = 300 / Math.max(1, history.length - 1);
  const points = history.map((value, index) => (index * step).toFixed(1) + ',' + (100 - value * 100).toFixed(1));
  element('curve').setAttribute('points', points.join(' '));
}

function show(status) {
  const { resilience, entropy, baseline, replay, z_scores: z } = status;
  document.body.dataset.zone = resilience.zone ?? 'unknown';
  put('zone', resilience.zone ?? 'not known');
  put('zone-note', (resilience.valid || resilience.zone === null ? '' : 'held: ') + reasons[status.reason]);
  put('r', number(resilience.r, 3));
  draw(resilience.r);
  put('tc', number(entropy.total_correlation));
  put('joint', number(entropy.joint));
  put('sum', number(entropy.sum));
  put('payload', number(entropy.payload));
  put('rows', status.samples + ' rows so far, ' + status.signal.window_rows + ' rows and ' + status.signal.channels + ' channels in the window');
  put('baseline', baseline.state === 'locked' ? 'locked' : 'learning, ' + Math.floor(baseline.progress * 100) + ' %');
  element('baseline-progress').value = baseline.progress;
  const score = (name, value) => [[name], [number(value), 'number' + (Math.abs(value) > 3 ? ' far' : '')]];
  rows('scores', [score('total correlation', z.tc), score('joint entropy', z.h_joint), score('payload entropy', z.h_bytes), score('resilience', z.r)]);
  element('replay-card').hidden = !replay;
  if (replay) {
    put('replay', replay.position + ' of ' + replay.total_samples);
    put('replay-note', (replay.paused ? 'paused' : replay.running ? 'running' : 'ended') + ', speed ' + replay.speed
      + ', ' + replay.sensor_count + ' sensors, pass ' + (replay.loops_completed + 1));
    element('replay-progress').value = replay.progress_percent;
  }
  rows('channels', entropy.channels.map(({ id, h, criticality }) => [[id], [number(h), 'number'], [criticality ?? '–', 'number']]));
  const events = status.events.map(({ event_type, severity, timestamp_ms, message }) =>
    [[new Date(timestamp_ms).toISOString().replace('T', ' ').slice(0, 19)], [event_type], [severity, severity === 'critical' ? 'far' : ''], [message]]);
  rows('events', events.length > 0 ? events : [[['None so far.', 'note']]]);
  put('connection', 'live');
}

async function refresh() {
  try {
    const response = await fetch('status', { cache: 'no-store' });
    if (!response.ok) throw new Error(response.status);
    show(await response.json());
  } catch {
    put('connection', 'no answer; trying again');
  }
  setTimeout(refresh, 1000);
}
refresh();
`;
