import { afterEach, describe, expect, it, jest } from '@jest/globals';

describe('freePort', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('gives no port twice in a run, wherever its processes begin', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(Math.random());
    const ports: number[] = [];
    for (let start = 0; start < 3; start++) {
      jest.resetModules();
      const { freePort } = await import('./free-port.js');
      ports.push(await freePort(), await freePort());
    }
    expect(new Set(ports).size).toBe(6);
  });
});
