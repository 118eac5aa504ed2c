import type { Scenario } from '../scenario.ts';
import { agentGroups } from './agent-groups.ts';
import { agentInfo } from './agent-info.ts';
import { agentInfoSteady } from './agent-info-steady.ts';
import { agentStore } from './agent-store.ts';
import { agentsUnchanged } from './agents-unchanged.ts';
import { changedFile } from './change.ts';
import { connectToInStep } from './connect.ts';
import { dapi } from './dapi.ts';
import { httpAgents } from './http-agents.ts';
import { httpNodes } from './http-nodes.ts';
import { inspection } from './inspection.ts';
import { keepalive } from './keepalive.ts';
import { largeAnswers } from './large-answers.ts';
import { largeFiles } from './large-files.ts';
import { manyWorkers } from './many-workers.ts';
import { nothingToDo } from './nothing-to-do.ts';
import { smallFiles } from './small-files.ts';
import { wazuh4Echo } from './wazuh4-echo.ts';
import { wazuh4Large, wazuh4Master, wazuh4Worker } from './wazuh4-sync.ts';

/** In the order of the table. */
export const scenarios: readonly Scenario[] = [
  smallFiles,
  largeFiles,
  connectToInStep,
  nothingToDo,
  changedFile,
  manyWorkers,
  keepalive,
  agentInfo,
  agentInfoSteady,
  agentGroups,
  agentsUnchanged,
  agentStore,
  dapi,
  largeAnswers,
  httpNodes,
  httpAgents,
  inspection,
  wazuh4Master,
  wazuh4Worker,
  wazuh4Large,
  wazuh4Echo,
];
