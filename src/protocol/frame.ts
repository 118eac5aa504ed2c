/** Frames, both ways. Specification: Protocols, Protocol definition. */
export { FrameDecoder, type FrameFormat } from './frame-decoder.ts';
export type { Encoding } from './header.ts';
export { encodeMessage, isReply, type Message, type OnMessage } from './message.ts';
