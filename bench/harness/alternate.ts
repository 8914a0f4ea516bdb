/**
 * Takes one sample of each case a round, so that drift of the machine hits all of them alike. The order is
 * drawn anew each round: no case always follows the same other one.
 *
 * @returns the samples by case, each in the order of the rounds
 */
export async function alternate(
  cases: readonly ((round: number) => Promise<number>)[],
  rounds: number,
): Promise<number[][]> {
  const samples: number[][] = cases.map(() => []);
  for (let round = 0; round < rounds; round++)
    for (const index of shuffled(cases.length))
      samples[index]?.push((await cases[index]?.(round)) ?? NaN);
  return samples;
}

/** The numbers from 0 in a random order (Fisher-Yates). */
function shuffled(count: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let left = count - 1; left > 0; left--) {
    const drawn = Math.floor(Math.random() * (left + 1));
    [order[left], order[drawn]] = [order[drawn] ?? 0, order[left] ?? 0];
  }
  return order;
}
