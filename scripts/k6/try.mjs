// Runs a script of deploy/k6 against a server, without k6: `node try.mjs SCRIPT TIMES`. Every function it names exists, every threshold
// is of a metric there is, every request is answered 2xx (of `crowd`, 429 too), and its summary can be made.
import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';

const [script, times] = [process.argv[2], Number(process.argv[3])];
globalThis.__ENV = process.env;
const loaded = await import(pathToFileURL(script));
const { answers } = await import('k6/http');
const { made } = await import('k6/metrics');

const { options, handleSummary } = loaded;
const scenarios = Object.values(options.scenarios ?? { only: { exec: 'default', stages: options.stages } });
for (const { exec = 'default', stages, executor, rate, duration } of scenarios) {
  assert(stages ? stages.length >= 3 : executor === 'constant-arrival-rate' && rate > 0 && duration, `${exec}: comes by no schedule`);
  assert.equal(typeof loaded[exec], 'function', `no function ${exec}`);
  for (let time = 0; time < times; time += 1) loaded[exec]();
}
const builtIn = ['http_req_duration', 'http_reqs', 'dropped_iterations'];
for (const name of Object.keys(options.thresholds)) {
  const metric = name.split('{')[0];
  assert(builtIn.includes(metric) || made.has(metric), `a threshold of ${metric}, which there is not`);
}
const odd = answers.filter((answer) => answer.status < 200 || answer.status >= 300);
const unexpected = loaded.crowd ? odd.filter((answer) => answer.status !== 429) : odd;
assert(answers.length >= times, 'nothing was asked');
assert.deepEqual(unexpected.map(({ url, status, body }) => `${url}: ${status} ${body}`), []);
assert(!made.get('crowd_odd')?.values.some(Boolean), 'somebody of the crowd was not told when to come back');
if (loaded.crowd) assert(odd.length > 0, 'the crowd was never turned away');
const values = { count: answers.length, rate: 1, 'p(95)': 1 };
const told = handleSummary({ metrics: { http_reqs: { values }, http_req_duration: { values }, shop_failed: { values } } });
assert(told.stdout.includes(`${answers.length} requests`) && Object.keys(told).some((file) => file.endsWith('.json')), 'no summary');
console.log(`${script.split('/').pop()}: ${answers.length} requests, ${odd.length} turned away`);
