// Stands in for k6 where it is not installed, far enough to run each script some times. Times and rates are k6's to measure.
export const check = (value, checks) => Object.values(checks).every((holds) => holds(value));
