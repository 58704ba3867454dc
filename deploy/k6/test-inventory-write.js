// Sales, each durable when it is answered: p95 below 500 ms, over 50 a second, fewer than one of a hundred failed.
import { options as judged, post, sale, summary } from './shop.js';

export const options = judged(500, 0.01, 50);
export default () => post('/api/v1/postings', sale(), 'sale');
export const handleSummary = summary('inventory-write');
