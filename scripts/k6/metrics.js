// Metrics of a script's own, by their names.
export const made = new Map();
class Metric {
  constructor(name) {
    if (made.has(name)) throw new Error(`${name} is made twice`);
    this.values = [];
    made.set(name, this);
  }
  add(value) {
    this.values.push(Number(value));
  }
}
export class Counter extends Metric {}
export class Rate extends Metric {}
export class Trend extends Metric {}
