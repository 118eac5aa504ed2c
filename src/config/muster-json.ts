import { MusterError } from '../protocol/errors.ts';
import { inHome } from './home.ts';
import { checkJson, readJsonFile } from './json-file.ts';
import { type MusterJson, musterJsonSchema } from './schema/muster-json.ts';

/** etc/muster.json, or its defaults if there is none. Throws 3004 naming file, key, found value and what is allowed. */
export async function readMusterJson(home: string): Promise<{ settings: MusterJson; source: string | null }> {
  const path = inHome(home, 'musterJson');
  try {
    const file = await readJsonFile(path);
    if (file === null) return { settings: musterJsonSchema.parse({}), source: null };
    return { settings: checkJson(musterJsonSchema, file.raw), source: path };
  } catch (error) {
    throw new MusterError(3004, `${path}: ${(error as Error).message}`, { cause: error });
  }
}
