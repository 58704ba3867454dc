// The usual by a schedule, and for the middle third of the time ten times as much from another key: what is usual is served as ever, the
// excess is served or told when to come back, at once.
//   API_KEY      of who asks for the usual (RATE a second, 50), with a quota for it
//   CROWD_KEY    of the crowd, with the usual quota
import http from 'k6/http';
import { Rate } from 'k6/metrics';
import { base, get, sku, summary } from './shop.js';

const rate = Number(__ENV.RATE || 50);
const third = Math.ceil(Number(__ENV.K6_SECONDS || 60) / 3);
const crowdKey = __ENV.CROWD_KEY || __ENV.API_KEY;
const odd = new Rate('crowd_odd');
const scenario = (exec, perSecond, from, length) => ({
  executor: 'constant-arrival-rate',
  exec,
  rate: perSecond,
  timeUnit: '1s',
  startTime: `${from}s`,
  duration: `${length}s`,
  preAllocatedVUs: Math.max(10, Math.ceil(perSecond / 5)),
  maxVUs: perSecond * 2,
});

export const options = {
  scenarios: { usual: scenario('usual', rate, 0, third * 3), crowd: scenario('crowd', rate * 10, third, third) },
  thresholds: {
    'http_req_duration{name:usual}': ['p(95)<50'],
    'http_req_duration{name:crowd}': ['p(95)<50'],
    shop_failed: ['rate<0.001'],
    crowd_odd: ['rate<0.001'],
  },
  summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max'],
};

export function usual() {
  get(`/api/v1/stock/${sku()}`, 'usual');
}

export function crowd() {
  const answer = http.get(`${base}/api/v1/stock/${sku()}`, { headers: { 'X-API-Key': crowdKey }, tags: { name: 'crowd' } });
  const told = (answer.status === 429 || answer.status === 503) && answer.headers['Retry-After'] !== undefined;
  odd.add(!(told || (answer.status >= 200 && answer.status < 300)));
}
export const handleSummary = summary('overload');
