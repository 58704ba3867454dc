// The figures: p95 below 200 ms, over 50 a second, fewer than one of a thousand failed.
import { get, options as judged, summary } from './shop.js';

export const options = judged(200, 0.001, 50);
export default () => get('/metrics', 'metrics');
export const handleSummary = summary('metrics');
