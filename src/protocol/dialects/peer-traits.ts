/** What nodes, and local clients, that speak a dialect do otherwise than those that speak another. */
export interface PeerTraits {
  /** Who they are, in the log, behind the name of one; empty for nodes of ours. */
  readonly called: string;
  /** They are told why a connection ends, by `bye`. */
  readonly understandsBye: boolean;
  /** They are told that the set of the master has changed, by `syn_i_m_w`. */
  readonly understandsPush: boolean;
  /** As a master they send keepalives, and are lost when those stop. */
  readonly sendsKeepalives: boolean;
  /** As a worker they answer keepalives in time, whatever they do; else only their own tell whether they live. */
  readonly answersKeepalives: boolean;
  /** As a master they say their name in the answer to `hello`. */
  readonly namesMaster: boolean;
  /** Their version is that of an installation, and has to be the same everywhere. */
  readonly hasRelease: boolean;
  /** They speak the dialect though they know ours, and would rather speak that: it did not get through. */
  readonly wantsOurs: boolean;
  /** They say how late their clock is, and are told. */
  readonly comparesClocks: boolean;
  /** What a set of files travels as: parts and a manifest, or one package that is all of it. */
  readonly setForm: 'parts' | 'package';
  /** As a master they wait for the answer to the end of a set until that is in place. */
  readonly awaitsOutcome: boolean;
  /** By which digest the end of a file tells what it was. */
  readonly fileDigest: 'blake2b512' | 'sha256';
  /** Groups of agents may travel as several strings at once. */
  readonly takesManyStrings: boolean;
  /** Answers that are short travel within the message that brings them, and not as strings. */
  readonly takesShortAnswers: boolean;
  /** What the results of requests are written as: as a method tells them, or in the classes of the original. */
  readonly resultForm: 'plain' | 'classes';
  /** They answer any request of the original's, and it is brought to them as it came. */
  readonly answersAsOriginal: boolean;
  /** A request that has failed is told of by `dapi_err`, and not by an answer. */
  readonly hearsFailures: boolean;
  /** They look at an error that answers what they ask for others; else that is told behind the answer. */
  readonly hearsRefusals: boolean;
  /** As clients of the local socket they may be told first that a message is taken, and behind that what a service says. */
  readonly hearsAnswersLater: boolean;
  /** They are told that nobody waits for the answer to a request any more, by `cancel_task`. */
  readonly hearsAbandoned: boolean;
  /** As a master they answer requests about nodes like any others, and not only by commands of their own. */
  readonly answersAboutNodes: boolean;
}

export const musterTraits: PeerTraits = {
  called: '',
  understandsBye: true,
  understandsPush: true,
  sendsKeepalives: true,
  answersKeepalives: true,
  namesMaster: true,
  hasRelease: false,
  wantsOurs: false,
  comparesClocks: true,
  setForm: 'parts',
  awaitsOutcome: true,
  fileDigest: 'blake2b512',
  takesManyStrings: true,
  takesShortAnswers: true,
  resultForm: 'plain',
  answersAsOriginal: false,
  hearsFailures: true,
  hearsRefusals: true,
  hearsAnswersLater: false,
  hearsAbandoned: true,
  answersAboutNodes: true,
};

export const wazuh4Traits: PeerTraits = {
  called: ', a node of Wazuh 4.x',
  understandsBye: false,
  understandsPush: false,
  sendsKeepalives: false,
  answersKeepalives: false,
  namesMaster: false,
  hasRelease: true,
  wantsOurs: false,
  comparesClocks: false,
  setForm: 'package',
  awaitsOutcome: false,
  fileDigest: 'sha256',
  takesManyStrings: false,
  takesShortAnswers: false,
  resultForm: 'classes',
  answersAsOriginal: true,
  hearsFailures: false,
  hearsRefusals: false,
  hearsAnswersLater: true,
  hearsAbandoned: false,
  answersAboutNodes: false,
};
