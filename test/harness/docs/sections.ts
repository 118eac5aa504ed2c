import { describeConfiguration } from '../../../src/config/describe.ts';
import { describeCommands, describeErrors, describeExamples } from '../../../src/protocol/describe.ts';
import { describeApi, describeListParameters, describeMethods } from './api.ts';
import { describeCli } from './cli.ts';
import { describeConformancePaths, describeOriginalWords } from './conformance.ts';
import { describeCosts } from './costs.ts';
import { describeLimits } from './limits.ts';
import { describeWazuh4Commands, describeWazuh4Functions } from './wazuh4.ts';

type Section = (root: URL) => string | Promise<string>;

/** What may stand between `<!-- generated:NAME -->` and `<!-- /generated:NAME -->`. */
const sections: Readonly<Record<string, Section>> = {
  commands: describeCommands,
  errors: describeErrors,
  examples: describeExamples,
  configuration: describeConfiguration,
  limits: describeLimits,
  costs: describeCosts,
  api: describeApi,
  'list-parameters': describeListParameters,
  methods: describeMethods,
  cli: describeCli,
  'conformance-paths': describeConformancePaths,
  'conformance-words': describeOriginalWords,
  'wazuh-commands': describeWazuh4Commands,
  'wazuh-functions': describeWazuh4Functions,
};

const MARKED = /<!-- generated:([a-z-]+) -->\n[\s\S]*?<!-- \/generated:\1 -->/g;
const MARKER = /<!-- \/?generated:[a-z-]+ -->/g;

/** The text with every generated section made anew. Throws when a section is unknown, or its end is missing. */
export async function withSections(path: string, text: string, root: URL): Promise<string> {
  const found = [...text.matchAll(MARKED)];
  const markers = text.match(MARKER)?.length ?? 0;
  if (markers !== 2 * found.length)
    throw new Error(`${path}: a generated section has no beginning or no end`);
  let result = text;
  for (const [old, name = ''] of found) {
    const section = sections[name];
    if (section === undefined) throw new Error(`${path}: nothing generates the section ${name}`);
    const body = (await section(root)).trim();
    const made = `<!-- generated:${name} -->\n\n${body}\n\n<!-- /generated:${name} -->`;
    result = result.replace(old, () => made);
  }
  return result;
}
