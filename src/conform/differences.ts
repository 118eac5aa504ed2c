/**
 * In what implementations of Wazuh 4.x differ from each other, and are right all the same: the original allows more than
 * Muster, which beside it is stricter. By the names of guards of the machines of conformance.
 */
export const differences: Readonly<Record<string, string>> = {
  servesStrangers: 'answers commands of a peer that has not said hello',
  keepsTheRefused: 'keeps a connection whose hello it has refused until the worker closes it',
  takesAnyName: 'takes names of nodes with any characters but spaces',
  answersStrayAnswers: 'takes an answer that nobody waits for to be a request, and answers it',
  dropsWhatIsTooMuch: 'drops what goes beyond the announced length of a string, and says ok',
  grantsOnceInACycle: 'grants permission once in each of its cycles, and not whenever no process runs',
  freesAMomentLater: 'frees the permission for agent-info a moment after it has told the result',
  takesUnaskedReports: 'thanks for a report on agent-groups that it has not sent',
  beginsBesides: 'begins another integrity process though one runs',
  thanksForAnyAnswer: 'thanks for an answer that nobody waits for',
  givesUpSilently: 'does not tell its master that it has given a process up which that has refused to begin',
  asksWithoutNews: 'asks for permission to send agent-info, and then has none',
  asksMeanwhile: 'asks for permission anew while it has not heard what its list of files came to',
};
