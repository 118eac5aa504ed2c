const LOG_IN = '/security/user/authenticate';

/** The token lives in memory alone: whoever reloads the page logs in again, and nobody finds it later. */
let token = null;

export const hasToken = () => token !== null;

export function setToken(next) {
  token = next;
}

export const authorization = () => ({ authorization: `Bearer ${token}` });

/** Logs in; throws words for a person. */
export async function logIn(user, password) {
  const credentials = btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`)));
  let answer;
  try {
    answer = await fetch(LOG_IN, { method: 'POST', headers: { authorization: `Basic ${credentials}` } });
  } catch {
    throw new Error('The API does not answer. Is it running?');
  }
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail);
  token = body.data.token;
}

/** Forgets the token, and has it withdrawn as far as the API answers. */
export async function logOut() {
  const headers = authorization();
  token = null;
  await fetch(LOG_IN, { method: 'DELETE', headers }).catch(() => {});
}
