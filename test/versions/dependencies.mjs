/** The range of each `@nestjs` package that NestJS 11 needs, where its major is not 11. */
const NEST_11 = {
  '@nestjs/apollo': '^13',
  '@nestjs/axios': '^4',
  '@nestjs/config': '^4',
  '@nestjs/event-emitter': '^3',
  '@nestjs/graphql': '^13',
  '@nestjs/throttler': '^6',
};
/** Build tools: they compile the sources, and no app loads them. */
const TOOLS = ['@nestjs/cli', '@nestjs/schematics'];

/** The `package.json` of this repository with another NestJS and TypeORM; its own are NestJS 12 and TypeORM 1. */
export function withVersions(manifest, { nest, typeorm }) {
  const devDependencies = { ...manifest.devDependencies };
  if (nest === 11)
    for (const name of Object.keys(devDependencies))
      if (name.startsWith('@nestjs/') && !TOOLS.includes(name))
        devDependencies[name] = NEST_11[name] ?? '^11';
  if (typeorm !== '1') devDependencies.typeorm = `~${typeorm}.20`;
  return { ...manifest, devDependencies };
}
