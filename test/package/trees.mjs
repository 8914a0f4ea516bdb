/**
 * The apps that the tarball is tried in. By default what `nest new` makes with Nest 11 and with Nest 12, installed by
 * the lines of the README; `-- --all` adds apps in which each pair of Nest, module system and TypeORM meets.
 */
export const TREES = [
  { nest: 11, type: 'cjs', stock: true },
  { nest: 12, type: 'esm', stock: true },
  { nest: 11, type: 'cjs', typeorm: '1' },
  { nest: 12, type: 'cjs' },
  { nest: 12, type: 'esm', typeorm: '0.3' },
].map((tree) => ({ ...tree, name: nameOf(tree) }));

function nameOf({ nest, type, typeorm }) {
  const parts = [`nest${nest}`, type, typeorm && `typeorm${typeorm}`];
  return parts.filter(Boolean).join('-');
}
