import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file of the sample set: path below the home, and content. */
export interface SampleFile {
  path: string;
  content: string;
}

/** One large list among the samples, so that the way of large files is seen too. */
const LARGE_LIST_BYTES = 2 * 1024 * 1024;
const FIRST_RULE_ID = 100_000;

const PROGRAMS = ['sshd', 'nginx', 'postfix', 'sudo', 'haproxy', 'dovecot', 'named', 'cron'];
const TOPICS = ['login', 'denied', 'timeout', 'restart', 'config', 'quota', 'scan', 'transfer'];

/**
 * A set of `count` files as a manager has them: group configuration, rules, decoders and lists. The same number always
 * gives the same set.
 */
export function sampleFiles(count: number): SampleFile[] {
  const makers = [ruleFile, ruleFile, decoderFile, listFile, groupFile];
  const files: SampleFile[] = count >= 20 ? [largeList()] : [];
  for (let index = 0; files.length < count; index += 1) {
    const make = makers[index % makers.length] ?? ruleFile;
    files.push(make(index));
  }
  return files;
}

/** Writes files below a home. */
export async function writeSamples(home: string, files: readonly SampleFile[]): Promise<void> {
  for (const { path, content } of files) {
    const target = join(home, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content, { mode: 0o660 });
  }
}

/** A rule file; `revision` stands in it, so that two revisions differ. */
export function ruleFile(index: number, revision = 1): SampleFile {
  const program = pick(PROGRAMS, index);
  const topic = pick(TOPICS, index >> 3);
  const id = FIRST_RULE_ID + index * 10;
  return {
    path: `etc/rules/${number(index)}-${program}_rules.xml`,
    content: `<!-- ${program}: ${topic}. Revision ${revision}. -->
<group name="local,${program},">
  <rule id="${id}" level="3">
    <decoded_as>${program}-${index}</decoded_as>
    <match>${topic}</match>
    <description>${program}: ${topic} seen</description>
  </rule>
  <rule id="${id + 1}" level="${5 + (index % 10)}" frequency="8" timeframe="120">
    <if_matched_sid>${id}</if_matched_sid>
    <same_source_ip />
    <description>${program}: ${topic} seen many times from one address</description>
  </rule>
</group>
`,
  };
}

function decoderFile(index: number): SampleFile {
  const program = pick(PROGRAMS, index);
  return {
    path: `etc/decoders/${number(index)}-${program}_decoders.xml`,
    content: `<decoder name="${program}-${index}">
  <program_name>^${program}$</program_name>
</decoder>

<decoder name="${program}-${index}-fields">
  <parent>${program}-${index}</parent>
  <regex>user (\\S+) from (\\d+.\\d+.\\d+.\\d+)</regex>
  <order>user, srcip</order>
</decoder>
`,
  };
}

function listFile(index: number): SampleFile {
  const lines = Array.from(
    { length: 20 },
    (_, n) => `10.${index % 250}.${n}.${(index * 7 + n) % 250}:site-${n}`,
  );
  return { path: `etc/lists/networks-${number(index)}`, content: `${lines.join('\n')}\n` };
}

function groupFile(index: number): SampleFile {
  const group = `group-${number(index)}`;
  return {
    path: `etc/shared/${group}/agent.conf`,
    content: `<agent_config>
  <localfile>
    <log_format>syslog</log_format>
    <location>/var/log/${pick(PROGRAMS, index)}/*.log</location>
  </localfile>
  <labels>
    <label key="group">${group}</label>
  </labels>
</agent_config>
`,
  };
}

function largeList(): SampleFile {
  const lines: string[] = [];
  let bytes = 0;
  for (let n = 0; bytes < LARGE_LIST_BYTES; n += 1) {
    const line = `${digest(`sample ${n}`)}:known-file-${n}\n`;
    lines.push(line);
    bytes += line.length;
  }
  return { path: 'etc/lists/known-files', content: lines.join('') };
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex');
const number = (index: number) => String(index).padStart(4, '0');
const pick = (words: readonly string[], index: number) => words[index % words.length] ?? '';
