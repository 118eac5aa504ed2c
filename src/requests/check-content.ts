import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { complaintAboutLooseXml } from '../config/loose-xml.ts';
import { MusterError } from '../protocol/errors.ts';
import { MAX_INLINE_XML_CHARS } from './limits.ts';

/** Throws 1113 unless a text is well-formed, as the original's readers take it: several roots, and lone `<` or `&`. */
export async function checkXml(path: string, text: string): Promise<void> {
  const complaint =
    text.length <= MAX_INLINE_XML_CHARS ? complaintAboutLooseXml(text) : await complaintOfThread(text);
  if (complaint !== null) throw new MusterError(1113, `${path}: ${complaint}`);
}

/** Long texts take a tenth of a second and more: nobody else waits for them. */
function complaintOfThread(text: string): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL(`./xml-thread${extname(import.meta.url)}`, import.meta.url), {
      workerData: text,
    });
    thread.once('message', (complaint: string | null) => resolve(complaint));
    thread.once('error', reject);
    thread.once('exit', (code) => reject(new MusterError(1000, `the check of a text ended with ${code}`)));
  });
}

/** `key:value`; either may stand in double quotes if it holds a colon. */
const LIST_LINE = /^(?:"[^"]*"|[^":]+):(?:"[^"]*"|[^":]*)$/;

/** Throws 1800 unless every line of a list is of the form `key:value`. */
export function checkList(path: string, text: string): void {
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || LIST_LINE.test(line.trimEnd())) continue;
    throw new MusterError(1800, `${path}: line ${index + 1}`);
  }
}
