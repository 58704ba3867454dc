// What the scripts share: where the shop is, who asks, how many do, and what is counted.
//
//   BASE_URL        http://127.0.0.1:8080     the server, or the balancer before several
//   API_KEY         or DASHBOARD_API_KEY      a key of the role `service` with a quota for the load (gondola key create --quota …)
//   SKUS            SKU-000001,SKU-000002     products there are
//   SITE            centro                    where sales go
//   K6_VU           10                        callers at the peak
//   K6_SECONDS      60                        how long a script takes
import http from 'k6/http';
import { check } from 'k6';
import { Counter, Rate, Trend } from 'k6/metrics';

export const base = __ENV.BASE_URL || 'http://127.0.0.1:8080';
const key = __ENV.API_KEY || __ENV.DASHBOARD_API_KEY;
const skus = (__ENV.SKUS || 'SKU-000001,SKU-000002,SKU-000003').split(',');
const site = __ENV.SITE || 'centro';
const peak = Number(__ENV.K6_VU || 10);
const seconds = Number(__ENV.K6_SECONDS || 60);

export const failed = new Rate('shop_failed');
export const took = new Trend('shop_took', true);
export const refused = new Counter('shop_refused');

// Warm, peak, cool down: a fifth, three fifths, a fifth of the time.
export const stages = [
  { duration: `${Math.ceil(seconds / 5)}s`, target: Math.ceil(peak / 2) },
  { duration: `${Math.ceil((seconds * 3) / 5)}s`, target: peak },
  { duration: `${Math.ceil(seconds / 5)}s`, target: 0 },
];

export function options(p95, errors, perSecond) {
  return {
    stages,
    thresholds: {
      http_req_duration: [`p(95)<${p95}`],
      shop_failed: [`rate<${errors}`],
      http_reqs: [`rate>${perSecond}`],
    },
    summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max'],
  };
}

export const sku = () => skus[Math.floor(Math.random() * skus.length)];

// Version 7 of RFC 9562: time-ordered, so that the ledger's index grows at its end.
export function id() {
  const time = Date.now().toString(16).padStart(12, '0');
  const random = (digits) => Array.from({ length: digits }, () => Math.floor(Math.random() * 16).toString(16)).join('');
  const variant = '89ab'[Math.floor(Math.random() * 4)];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random(3)}-${variant}${random(3)}-${random(12)}`;
}

export const sale = (lines = 1) => ({
  postings: [
    {
      id: id(),
      kind: 'sale',
      site,
      lines: Array.from({ length: lines }, () => ({ sku: sku(), quantity: '1', unit_price: '1850' })),
    },
  ],
});

const headers = key ? { 'X-API-Key': key, 'Content-Type': 'application/json' } : { 'Content-Type': 'application/json' };

// What came back counts as well, as refused for now, or as failed; a request without any answer has the status 0.
export function judge(answer, what) {
  took.add(answer.timings.duration, { what });
  const turnedAway = answer.status === 429 || answer.status === 503;
  if (turnedAway) refused.add(1, { what });
  const well = check(answer, { [`${what}: 2xx`]: (a) => a.status >= 200 && a.status < 300 });
  failed.add(!well, { what });
  return well;
}

export const get = (path, what) => judge(http.get(`${base}${path}`, { headers, tags: { name: what } }), what);
export const post = (path, body, what) =>
  judge(http.post(`${base}${path}`, JSON.stringify(body), { headers, tags: { name: what } }), what);

// For the last lines on the terminal, and a file for whatever reads it.
export function summary(name) {
  return (data) => {
    const { http_reqs: all, http_req_duration: times, shop_failed: bad } = data.metrics;
    const line = `${name}: ${all.values.count} requests, ${all.values.rate.toFixed(0)}/s, p95 ${times.values['p(95)'].toFixed(1)} ms, failed ${(100 * bad.values.rate).toFixed(3)} %\n`;
    return { stdout: line, [`${__ENV.RESULTS || 'results'}/${name}.json`]: JSON.stringify(data, null, 1) };
  };
}
