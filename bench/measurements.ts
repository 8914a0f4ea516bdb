import { consolePages } from './console.measurement.js';
import { enumeration } from './enumeration.measurement.js';
import { growth } from './growth.measurement.js';
import { guard } from './guard.measurement.js';
import { limit } from './limit.measurement.js';
import type { Measurement } from './measurement.js';
import { peers } from './peers.measurement.js';
import { scale } from './scale.measurement.js';
import { size } from './size.measurement.js';
import { soak } from './soak.measurement.js';
import { start } from './start.measurement.js';
import { suppressed } from './suppressed.measurement.js';
import { webhook } from './webhook.measurement.js';

/** Every measurement, in the order in which they run: what is not installed with the rest comes last. */
export const MEASUREMENTS: readonly Measurement[] = [
  guard,
  start,
  enumeration,
  suppressed,
  webhook,
  limit,
  scale,
  size,
  soak,
  growth,
  consolePages,
  peers,
];
