/** The socket at which agents register, at which nobody asks: other programs are not simulated. */
export class AuthdServer {
  async listen(): Promise<void> {}
  async close(): Promise<void> {}
}
