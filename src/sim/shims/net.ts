/** `node:net` in a simulated world: what reads addresses. The network is that of `network.ts`. */
export { isIP, isIPv4, isIPv6, SocketAddress } from 'node:net';
