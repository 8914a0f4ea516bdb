import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

/** The console's charts draw with these. They are ES modules alone, so the CommonJS build could not require them. */
const INLINED = /^(?:d3-[a-z-]+|internmap)$/;

/**
 * Takes from them what is used, with their licence; of our own files nothing is left out: a class may be there
 * for what its decorator does.
 */
const inlined = {
  name: 'inlined',
  resolveId: (source) =>
    INLINED.test(source)
      ? { id: fileURLToPath(import.meta.resolve(source)), moduleSideEffects: false }
      : null,
  transform: (_, id) => (isForeign(id) ? null : { moduleSideEffects: 'no-treeshake' }),
  renderChunk(code, { modules }) {
    const names = Object.entries(modules)
      .filter(([id, { renderedLength }]) => isForeign(id) && renderedLength > 0)
      .map(([id]) => packageOf(id));
    const licences = [...new Set(names)].map((name) => {
      const text = readFileSync(join(PACKAGES, name, 'LICENSE'), 'utf8').trim();
      return `/*! ${name}\n${text}\n*/\n`;
    });
    return licences.length === 0 ? null : { code: code + licences.join(''), map: null };
  },
};

const PACKAGES = join(import.meta.dirname, 'node_modules');
const isForeign = (id) => id.startsWith(PACKAGES);
const packageOf = (id) => id.slice(PACKAGES.length + 1).split('/')[0];

/** Jest, as most apps run it, has no `import()`. Other than packages, only the command's own app comes by one. */
const requiredLater = {
  name: 'required-later',
  renderDynamicImport: ({ targetModuleId }) =>
    targetModuleId === null ? null : { left: 'Promise.resolve(require(', right: '))' },
};

/**
 * Puts the files of each build together, some 250 of them: to find and open each is a third of what the
 * module would add to the start of an app. All other packages stay what they are.
 */
export default {
  input: Object.fromEntries([
    ...['src/index', 'src/testing/index', 'src/opentelemetry/index'].map(entry),
    ...['src/console/index', 'migrations/index'].map(entry),
    ...['src/cli/nestjs-ants-otp', 'src/cli/ants-simulator'].map(entry),
  ]),
  external: (id) => !/^[./]/.test(id) && !INLINED.test(id),
  plugins: [inlined],
  output: [
    {
      ...{ dir: 'dist/cjs', format: 'cjs', interop: 'auto' },
      ...{ chunkFileNames: 'src/shared/[name].js', plugins: [requiredLater] },
    },
    {
      ...{ dir: 'dist/esm', format: 'es', chunkFileNames: 'src/shared/[name].js' },
      ...{ hoistTransitiveImports: false, plugins: [withoutParts] },
    },
  ],
};
