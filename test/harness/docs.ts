import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { PICTURES, pictureFiles } from './docs/pictures.ts';
import { withSections } from './docs/sections.ts';

const root = new URL('../../', import.meta.url);

/** What the generated documents are to be, by path below the repository. */
async function wanted(): Promise<Map<string, string>> {
  const files = await pictureFiles();
  const pages = (await readdir(new URL('docs/', root))).filter((name) => name.endsWith('.md'));
  for (const path of ['README.md', ...pages.map((name) => `docs/${name}`)]) {
    const text = await readIfThere(path);
    if (text?.includes('<!-- generated:')) files.set(path, await withSections(path, text, root));
  }
  return files;
}

/** Pictures of machines that are gone. */
async function superfluous(files: ReadonlyMap<string, string>): Promise<string[]> {
  const names = await readdir(new URL(`${PICTURES}/`, root));
  return names.map((name) => `${PICTURES}/${name}`).filter((path) => !files.has(path));
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(new URL(path, root), 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return null;
    throw error;
  }
}

async function drifted(): Promise<{ files: Map<string, string>; changed: string[]; gone: string[] }> {
  await mkdir(new URL(`${PICTURES}/`, root), { recursive: true });
  const files = await wanted();
  const changed: string[] = [];
  for (const [path, text] of files) if ((await readIfThere(path)) !== text) changed.push(path);
  return { files, changed, gone: await superfluous(files) };
}

const mode = process.argv[2];
if (mode !== '--write' && mode !== '--check') {
  console.error('Usage: docs.ts --write | --check');
  process.exit(2);
}
const { files, changed, gone } = await drifted();
if (mode === '--write') {
  for (const path of changed) await writeFile(new URL(path, root), files.get(path) ?? '');
  for (const path of gone) await rm(new URL(path, root));
  console.log(`${files.size} generated documents, ${changed.length + gone.length} of them changed.`);
} else if (changed.length + gone.length > 0) {
  console.error('These generated documents are out of date; `npm run docs` makes them anew:');
  for (const path of [...changed, ...gone]) console.error(`  ${path}`);
  process.exitCode = 1;
} else {
  console.log(`${files.size} generated documents are up to date.`);
}
