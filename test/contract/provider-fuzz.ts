/** How much a fuzz test tries: 2,000 inputs, or as many as `OTP_TEST_RUNS` says. Always the same ones. */
export const FUZZ = { numRuns: Number(process.env.OTP_TEST_RUNS ?? 2_000), seed: 20_260_801 };

/** Long enough for 100,000 inputs on a slow machine. Milliseconds. */
export const FUZZ_TIMEOUT_MS = 300_000;
