import { ANY_TIME, type Fact, type Finding, Skipped } from './fact.js';
import type { Probe } from './probe.js';

/** Looks at the facts one after the other; a fault of one is its finding, never the end. */
export async function checkFacts(facts: readonly Fact[], probe: Probe): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const fact of facts) {
    const { section, fact: text, expected } = fact;
    findings.push({ section, fact: text, expected, ...(await look(fact, probe)) });
  }
  return findings;
}

async function look(fact: Fact, probe: Probe): Promise<Pick<Finding, 'seen' | 'verdict'>> {
  try {
    const seen = await fact.run(probe);
    if (seen === fact.expected) return { seen, verdict: 'expected' };
    return {
      seen,
      verdict: [...fact.readings, ...ANY_TIME].includes(seen) ? 'reading' : 'surprise',
    };
  } catch (error) {
    const seen = error instanceof Error ? error.message : 'no answer';
    return { seen, verdict: error instanceof Skipped ? 'skipped' : 'surprise' };
  }
}
