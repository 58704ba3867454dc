// What there is: p95 below 200 ms, over 100 a second, fewer than five of a thousand failed.
import { get, options as judged, sku, summary } from './shop.js';

export const options = judged(200, 0.005, 100);
export default function () {
  // The older path, and ours.
  get(`/inventory/${sku()}`, 'inventory');
  get(`/api/v1/stock/${sku()}`, 'stock');
}
export const handleSummary = summary('inventory-read');
