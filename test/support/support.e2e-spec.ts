import { importCases } from '../support/import-cases.js';

await importCases(import.meta.dirname);
