/** Makes an element: `h('p', { class: 'hint', data: { kind: 'bad' } }, 'text', child)`. Texts are texts, never markup. */
export function h(tag, { class: className, data = {}, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  Object.assign(element.dataset, data);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Sets a text where it differs: what did not change keeps its selection, and is not read out again. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setData(element, name, value) {
  if (element.dataset[name] !== value) element.dataset[name] = value;
}

/**
 * Brings the children of a list in step with items: elements stay with the item of their key, so that focus and what was
 * opened stay, too.
 */
export function keyed(list, items, keyOf, create, update) {
  const known = new Map([...list.children].map((child) => [child.dataset.key, child]));
  let before = null;
  for (const item of items) {
    const key = keyOf(item);
    const element = known.get(key) ?? create(item);
    known.delete(key);
    element.dataset.key = key;
    update(element, item);
    const place = before === null ? list.firstElementChild : before.nextElementSibling;
    if (place !== element) list.insertBefore(element, place);
    before = element;
  }
  for (const element of known.values()) element.remove();
}

/** The one element within another that has the class. */
export const part = (element, name) => element.querySelector(`.${name}`);
