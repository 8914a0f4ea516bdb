import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const BUILT = join(import.meta.dirname, 'dist/esm');
const entry = (path) => [path, join(BUILT, `${path}.js`)];

/** The code that was put together ships there alone; its types stay where they were. */
const withoutParts = {
  name: 'without-parts',
  writeBundle(_, bundle) {
    for (const file of readdirSync(BUILT, { recursive: true }))
      if (file.endsWith('.js') && !(file in bundle)) rmSync(join(BUILT, file));
  },
};

/**
 * Puts the files of each build together, some 250 of them: to find and open each is a third of what the
 * module would add to the start of an app. Other packages stay what they are.
 */
export default {
  input: Object.fromEntries([
    ...['src/index', 'src/testing/index', 'src/opentelemetry/index'].map(entry),
    ...['src/console/index', 'migrations/index'].map(entry),
    ...['src/cli/nestjs-ants-otp', 'src/cli/ants-simulator'].map(entry),
  ]),
  external: (id) => !/^[./]/.test(id),
  // Nothing is left out, moved or renamed but what two files call alike.
  treeshake: false,
  output: [
    { dir: 'dist/cjs', format: 'cjs', interop: 'auto', chunkFileNames: 'src/shared/[name].js' },
    {
      ...{ dir: 'dist/esm', format: 'es', chunkFileNames: 'src/shared/[name].js' },
      ...{ hoistTransitiveImports: false, plugins: [withoutParts] },
    },
  ],
};
