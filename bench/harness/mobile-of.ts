/** A number for each n below 1000, no two in one block of numbers: a block has a limit of its own. */
export const mobileOf = (n: number): string => `08${10_000_000 + n * 10_000}`;
