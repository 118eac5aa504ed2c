/** `node:os` in a simulated world, whose machines are all called alike. */
export const hostname = (): string => 'simulated';
