/**
 * The apps that the tarball is tried in: what `nest new` makes, by major version, module system and
 * TypeORM. `half` is the part that meets each value, and each pair of values that can differ in our code. Some
 * have `@nestjs/swagger`; the others show that it is not needed.
 */
export const TREES = [
  { nest: 11, type: 'cjs', typeorm: '0.3', half: true, swagger: true },
  { nest: 11, type: 'cjs', typeorm: '1', half: false, swagger: false },
  { nest: 12, type: 'cjs', typeorm: '0.3', half: false, swagger: false },
  { nest: 12, type: 'cjs', typeorm: '1', half: true, swagger: true },
  { nest: 12, type: 'esm', typeorm: '0.3', half: true, swagger: false },
  { nest: 12, type: 'esm', typeorm: '1', half: false, swagger: true },
].map((tree) => ({ ...tree, name: `nest${tree.nest}-${tree.type}-typeorm${tree.typeorm}` }));

export const ADAPTERS = ['express', 'fastify'];
