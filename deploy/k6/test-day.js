// The mixed day of a shop by a schedule that waits for nobody: RATE requests a second (100), p95 below 50 ms, 99.9 of a hundred done.
// The shares are those of `gondola-bench load`.
import { get, post, sale, sku, summary } from './shop.js';

const rate = Number(__ENV.RATE || 100);
const seconds = Number(__ENV.K6_SECONDS || 60);

export const options = {
  scenarios: {
    day: {
      executor: 'constant-arrival-rate',
      rate,
      timeUnit: '1s',
      duration: `${seconds}s`,
      preAllocatedVUs: Math.max(10, Math.ceil(rate / 5)),
      maxVUs: Math.max(50, rate * 2),
    },
  },
  // A dropped iteration is one the schedule asked for and nobody sent.
  thresholds: { http_req_duration: ['p(95)<50'], shop_failed: ['rate<0.001'], dropped_iterations: ['count<1'] },
  summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max'],
};

const shares = [
  [20, () => post('/api/v1/postings', sale(1 + Math.floor(Math.random() * 6)), 'sale')],
  [37, () => get(`/api/v1/stock/${sku()}`, 'stock')],
  [15, () => get(`/api/v1/products/search?q=${encodeURIComponent(sku().slice(0, 6))}&limit=20`, 'search')],
  [10, () => get('/api/v1/stock?limit=50', 'list of fifty')],
  [8, () => get(`/api/v1/products/${sku()}/movements?limit=20`, 'movements')],
  [5, () => get('/api/v1/postings?limit=20', 'newest postings')],
  [3, () => get('/health', 'health')],
  [2, () => get('/metrics', 'metrics')],
];

export default function () {
  let left = Math.random() * 100;
  const [, ask] = shares.find(([share]) => (left -= share) < 0) || shares[0];
  ask();
}
export const handleSummary = summary('day');
