// `npm test` runs each behaviour once, on one adapter and with short counts. OTP_TEST_ALL=1 (`npm run test:all`)
// adds the other adapter, the full tables and every *.full-spec.ts.
const all = process.env.OTP_TEST_ALL === '1';
// They run on their own when they are named: npm test -- test/guard/guard-global.cases
const named = process.argv.some((argument) => /\.(?:cases|full-spec)/.test(argument));

/** What every project shares. */
export const shared = {
  testEnvironment: 'node',
  rootDir: import.meta.dirname,
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^libphonenumber-js/max$': '<rootDir>/node_modules/libphonenumber-js/max/index.cjs',
    '^nestjs-ants-otp$': '<rootDir>/src/index.ts',
    '^nestjs-ants-otp/testing$': '<rootDir>/src/testing/index.ts',
    '^nestjs-ants-otp/migrations$': '<rootDir>/migrations/index.ts',
    '^nestjs-ants-otp/opentelemetry$': '<rootDir>/src/opentelemetry/index.ts',
    '^nestjs-ants-otp/console$': '<rootDir>/src/console/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
          keepClassNames: true,
        },
        module: { type: 'es6' },
      },
    ],
  },
  setupFilesAfterEnv: ['<rootDir>/test/support/leaks/spec-setup.ts'],
};

/** A PostgreSQL, the compiled test apps, and the leak check at the end. */
export const withDatabase = {
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
};

export default {
  testTimeout: 90_000,
  maxWorkers: 4,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      roots: ['<rootDir>/src', '<rootDir>/test'],
      testMatch: ['**/*.spec.ts'],
    },
    {
      ...shared,
      ...withDatabase,
      displayName: 'integration',
      roots: ['<rootDir>/test'],
      testMatch: [
        '**/*.e2e-spec.ts',
        ...(named ? ['**/*.cases.ts'] : []),
        ...(all || named ? ['**/*.full-spec.ts'] : []),
      ],
    },
  ],
};
