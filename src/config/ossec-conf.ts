import { XMLParser } from 'fast-xml-parser';
import { MusterError } from '../protocol/errors.ts';
import { complaintAbout, wrapLooseXml } from './loose-xml.ts';
import { readText } from './read-text.ts';
import { systemWords } from './system-words.ts';

/** What of an ossec.conf concerns a node. */
export interface OssecConf {
  /** The last `<cluster>` section; null if there is none. */
  readonly cluster: RawClusterSection | null;
  /** `<agents_disconnection_time>` of the last `<global>` that has one, as written. */
  readonly disconnectionTime: string | undefined;
}

/** The texts of one `<cluster>` section; what is absent or empty is undefined. */
export interface RawClusterSection {
  readonly values: Readonly<Partial<Record<string, string>>>;
  readonly nodes: readonly string[] | undefined;
  readonly warnings: readonly string[];
}

/** What the parser gives with every element as a list. Elements with children are objects, others texts. */
type Element = string | { [name: string]: Element[] };

/**
 * Reads an ossec.conf.
 *
 * The file may have several `<ossec_config>` roots and several sections of a name: the last counts. Throws 3006 with
 * the file and the cause.
 */
export async function readOssecConf(path: string): Promise<OssecConf> {
  let text: string | null;
  try {
    text = await readText(path);
  } catch (error) {
    throw new MusterError(3006, `${path}: ${systemWords(error)}`, { cause: error });
  }
  if (text === null) {
    throw new MusterError(3006, `${path} does not exist. \`muster init\` makes a home with one`);
  }
  const root = parseXml(text, path);
  return { cluster: clusterSection(root, path), disconnectionTime: disconnectionTime(root) };
}

/** The last `<cluster>` section of a text. `path` is for the error's words. */
export function parseClusterSection(text: string, path: string): RawClusterSection | null {
  return clusterSection(parseXml(text, path), path);
}

function clusterSection(root: Element | undefined, path: string): RawClusterSection | null {
  const section = sections(root, 'cluster').at(-1);
  if (section === undefined) return null;
  const warnings: string[] = [];
  const values: Record<string, string> = {};
  if (typeof section === 'string') return { values, nodes: undefined, warnings };
  for (const [name, elements] of Object.entries(section)) {
    if (name === 'nodes' || name === '#text') continue;
    if (elements.length > 1) {
      warnings.push(`${path}: <cluster> has <${name}> ${elements.length} times; the last counts`);
    }
    const last = elements.at(-1);
    if (typeof last === 'string' && last !== '') values[name] = last;
  }
  return { values, nodes: nodeTexts(section), warnings };
}

function nodeTexts(section: { [name: string]: Element[] }): string[] | undefined {
  const last = section.nodes?.at(-1);
  if (last === undefined || typeof last === 'string') return undefined;
  const nodes = (last.node ?? []).filter((node) => typeof node === 'string' && node !== '') as string[];
  return nodes.length === 0 ? undefined : nodes;
}

function disconnectionTime(root: Element | undefined): string | undefined {
  return sections(root, 'global')
    .flatMap((section) => (typeof section === 'string' ? [] : (section.agents_disconnection_time ?? [])))
    .findLast((text) => typeof text === 'string' && text !== '') as string | undefined;
}

function sections(root: Element | undefined, name: string): Element[] {
  if (root === undefined || typeof root === 'string') return [];
  return (root.ossec_config ?? []).flatMap((config) =>
    typeof config === 'string' ? [] : (config[name] ?? []),
  );
}

const ROOT = 'several';

function parseXml(text: string, path: string): Element | undefined {
  const wrapped = wrapLooseXml(text, ROOT);
  try {
    const complaint = complaintAbout(wrapped);
    if (complaint !== null) throw new Error(complaint);
    const parsed = new XMLParser({
      ignoreAttributes: true,
      parseTagValue: false,
      trimValues: true,
      isArray: () => true,
    }).parse(wrapped) as { [name: string]: Element[] };
    return parsed[ROOT]?.[0];
  } catch (error) {
    throw new MusterError(3006, `${path} is not well-formed: ${(error as Error).message}`, { cause: error });
  }
}
