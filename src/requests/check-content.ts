import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { complaintAboutLooseXml } from '../config/loose-xml.ts';
import { MusterError } from '../protocol/errors.ts';
import { complaintAboutList } from './check-list.ts';
import { MAX_INLINE_CHECK_CHARS } from './limits.ts';

/** What texts are checked for: as the original's readers take it (several roots, and lone `<` or `&`), or `key:value` in each line. */
export const CHECKS = { xml: complaintAboutLooseXml, list: complaintAboutList } as const;
export type ContentKind = keyof typeof CHECKS;

const NOT_WELL_FORMED: Readonly<Record<ContentKind, number>> = { xml: 1113, list: 1800 };

/** Rejects with 1113 or 1800 unless a text is what it should be, and with 3120 when nobody waits any more. */
export async function checkContent(
  kind: ContentKind,
  path: string,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const isShort = text.length <= MAX_INLINE_CHECK_CHARS;
  const complaint = isShort ? CHECKS[kind](text) : await complaintOfThread({ kind, text }, signal);
  if (complaint !== null) throw new MusterError(NOT_WELL_FORMED[kind], `${path}: ${complaint}`);
}

/** Long texts take a tenth of a second and more: nobody else waits for them, and the thread ends with the request. */
function complaintOfThread(
  workerData: { kind: ContentKind; text: string },
  signal: AbortSignal,
): Promise<string | null> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new MusterError(3120, 'the check of a text'));
    const thread = new Worker(new URL(`./content-thread${extname(import.meta.url)}`, import.meta.url), {
      workerData,
    });
    const abandon = () => {
      reject(new MusterError(3120, 'the check of a text'));
      void thread.terminate();
    };
    signal.addEventListener('abort', abandon);
    thread.once('message', (complaint: string | null) => resolve(complaint));
    thread.once('error', reject);
    thread.once('exit', (code) => {
      signal.removeEventListener('abort', abandon);
      reject(new MusterError(1000, `the check of a text ended with ${code}`));
    });
  });
}
