import type { Fact } from './fact.js';
import { CALL_FACTS } from './facts.calls.js';
import { REPORT_FACTS } from './facts.reports.js';
import { TRANSPORT_FACTS } from './facts.transport.js';

/** Everything that is checked, cheapest first. */
export const FACTS: readonly Fact[] = [...TRANSPORT_FACTS, ...CALL_FACTS, ...REPORT_FACTS];
