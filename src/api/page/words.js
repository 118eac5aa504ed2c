/** `now`, `12 s ago`, `3 min ago`, `2 h ago`. */
export function ago(date, nowMs) {
  if (date === null) return '—';
  const seconds = Math.floor(Math.max(0, nowMs - Date.parse(date)) / 1000);
  if (seconds < 2) return 'now';
  return `${seconds < 10 ? `${seconds} s` : span(seconds * 1000)} ago`;
}

/** A duration for people. */
export function span(ms) {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

export const number = (value) => value.toLocaleString('en-US');

/** The time of the day; the day, too, where it is not today. */
export function moment(date) {
  const at = new Date(date);
  const time = at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  if (at.toDateString() === new Date().toDateString()) return time;
  return `${at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${time}`;
}

export function changes({ created, updated, deleted }) {
  const parts = [
    [created, 'created'],
    [updated, 'updated'],
    [deleted, 'deleted'],
  ].filter(([count]) => count > 0);
  return parts.length === 0
    ? 'nothing changed'
    : parts.map(([count, what]) => `${number(count)} ${what}`).join(', ');
}
