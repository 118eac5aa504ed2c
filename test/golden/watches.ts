/** What of the conversation, and which machines, a script is about. */
export interface Watch {
  /** Requests of each side; the answers to them go along. */
  readonly worker: readonly string[];
  readonly master: readonly string[];
  /** Their ids. */
  readonly machines: readonly string[];
}

const STRINGS = ['new_str', 'str_upd', 'err_str'];

/** Strings of a worker are agent-info, those of the master agent-groups. Files travel side by side, in any order: not shown. */
export const WATCHES: Readonly<Record<string, Watch>> = {
  'agent-info': {
    worker: ['syn_a_w_m_p', 'syn_a_w_m', ...STRINGS],
    master: ['syn_m_a_e', 'syn_m_a_err'],
    machines: ['agentInfoSend', 'agentInfoReceive'],
  },
  'agent-groups': {
    worker: ['syn_w_g_c', 'syn_w_g_e', 'syn_w_g_err', 'syn_wgc_e', 'syn_wgc_err'],
    master: ['syn_g_m_w', 'syn_g_m_w_c', ...STRINGS],
    machines: [
      'groupsCollect',
      'groupsBroadcast',
      'groupsSend',
      'groupsFollow',
      'groupsReceive',
      'groupsOverwrite',
      'mismatchCounter',
    ],
  },
  requests: {
    worker: ['dapi', 'dapi_res', 'dapi_err'],
    master: ['dapi', 'dapi_res', 'dapi_err'],
    machines: ['dapiRequest', 'dapiPart'],
  },
  registration: {
    worker: ['sendsync', 'sendsyn_err'],
    master: ['sendsyn_res', 'sendsyn_err'],
    machines: ['sendsyncRequest'],
  },
  integrity: {
    worker: ['syn_i_w_m_p', 'syn_i_w_m', 'syn_i_w_m_e', 'syn_i_w_m_r'],
    master: ['syn_i_m_w', 'syn_m_c_ok', 'syn_m_c', 'syn_m_c_e'],
    machines: ['integrityCheck', 'integrityApply', 'integrityServe', 'integrityPermission'],
  },
};
