/** What authd answers to commands that are no JSON: programs ask it for its configuration. */
const CONFIGURATION = { auth: { disabled: 'no', purge: 'no' } };

/** Whether a message is for these, and not one in JSON. */
export function isTextCommand(message: string): boolean {
  return !message.startsWith('{');
}

export function textAnswer(message: string): string {
  const [name = '', ...words] = message.split(' ');
  if (name !== 'getconfig') return 'err Unrecognized command';
  if (words.length === 0) return 'err AUTHCOM getconfig needs arguments';
  if (words.join(' ') !== 'auth') return 'err Could not get requested section';
  return `ok ${JSON.stringify(CONFIGURATION)}`;
}
