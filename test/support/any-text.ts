import fc from 'fast-check';

/**
 * Any code points, lone surrogates among them, as `fc.string({ unit: 'binary' })` gives them; that one
 * spends a second on tables when it is first used in a file.
 */
export const anyText = (constraints: fc.StringConstraints = {}): fc.Arbitrary<string> =>
  fc.string({
    ...constraints,
    unit: fc
      .oneof(
        fc.integer({ min: 0x20, max: 0x7e }),
        fc.integer({ min: 0, max: 0xffff }),
        fc.integer({ min: 0, max: 0x10_ffff }),
      )
      .map((point) => String.fromCodePoint(point)),
  });
