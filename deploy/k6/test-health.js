// Whether the server lives: p95 below 100 ms, over 200 a second, fewer than one of a thousand failed.
import { get, options as judged, summary } from './shop.js';

export const options = judged(100, 0.001, 200);
export default () => get('/health', 'health');
export const handleSummary = summary('health');
