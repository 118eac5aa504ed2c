/** Any free port of this machine. */
export const LOOPBACK = { host: '127.0.0.1', port: 0 };

/** Where a listener of this address is reached. */
export const at = (address: string) => ({ host: '127.0.0.1', port: Number(address.split(':').at(-1)) });
