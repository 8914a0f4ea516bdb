import js from '@eslint/js';
import regexp from 'eslint-plugin-regexp';
import security from 'eslint-plugin-security';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** The one-way law of the rooms: what each folder of src may never import. */
const outside = (room) => `**/${room}/**`;
const OPTIONAL = { room: 'opentelemetry', packages: '@opentelemetry/*' };
const law = (files, own, uses = []) => {
  // An app without it must not meet it: only its own room imports it, and nobody imports that room, nor the console's.
  const closed = [OPTIONAL.room, 'console'].filter((room) => room !== files);
  const rooms = files === OPTIONAL.room ? [...own, 'console'] : [...own, ...closed];
  const packages = files === OPTIONAL.room ? uses : [...uses, OPTIONAL.packages];
  return {
    files: [`src/${files}/**/*.ts`],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...(rooms.length
              ? [{ group: rooms.map(outside), message: `${files}/ may not import this room.` }]
              : []),
            ...(packages.length
              ? [{ group: packages, message: `${files}/ may not use this package.` }]
              : []),
          ],
        },
      ],
    },
  };
};
const FRAMEWORK = ['@nestjs/*', 'typeorm', 'typeorm/*', 'pg', 'axios', 'class-validator', 'rxjs'];

export default tseslint.config(
  { ignores: ['dist', 'build', 'coverage', 'node_modules'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  prettier,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js', 'test/package/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Only otp.config.ts reads the environment.',
        },
      ],
      'no-console': 'error',
    },
  },
  {
    files: [
      'src/otp.config.ts',
      'src/cli/**',
      'example/**',
      'test/**',
      'bench/**',
      'jest.config.mjs',
    ],
    rules: { 'no-restricted-properties': 'off', 'no-console': 'off' },
  },
  {
    files: ['**/*.spec.ts', 'test/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  { files: ['**/*.mjs', 'src/console/page/*.js'], rules: { 'no-undef': 'off' } },
  // What ships. Keys of objects are of closed types here, which the rule for them cannot see; an
  // exact rule for regular expressions replaces the one that guesses.
  {
    ...security.configs.recommended,
    files: ['src/**/*.ts', 'migrations/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    plugins: { ...security.configs.recommended.plugins, regexp },
    rules: {
      ...Object.fromEntries(
        Object.keys(security.configs.recommended.rules).map((rule) => [rule, 'error']),
      ),
      'security/detect-object-injection': 'off',
      'security/detect-unsafe-regex': 'off',
      // It goes by names; what is secret is compared in service/key-ring.ts and http/webhook-senders.ts.
      'security/detect-possible-timing-attacks': 'off',
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
    },
  },
  law(
    'domain',
    ['options', 'ports', 'service', 'http', 'providers', 'persistence', 'testing'],
    [...FRAMEWORK, 'node:*'],
  ),
  law('options', ['service', 'providers', 'persistence', 'testing'], ['typeorm', 'pg', 'axios']),
  law('ports', ['service', 'http', 'providers', 'persistence', 'testing'], FRAMEWORK),
  law(
    'service',
    ['http', 'providers', 'persistence', 'testing'],
    ['typeorm', 'typeorm/*', 'pg', 'axios', '@nestjs/axios', '@nestjs/typeorm'],
  ),
  law('http', ['providers', 'persistence', 'testing'], ['typeorm', 'pg', 'axios']),
  law('providers', ['service', 'http', 'persistence', 'testing'], ['typeorm', 'pg']),
  law('persistence', ['service', 'http', 'providers', 'testing'], ['axios', '@nestjs/axios']),
  law('console', ['providers', 'persistence', 'testing'], ['typeorm', 'pg', 'axios']),
  law('opentelemetry', ['service', 'http', 'providers', 'persistence', 'testing'], FRAMEWORK),
  law('testing', []),
);
