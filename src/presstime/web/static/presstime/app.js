// The pages work without this file; it adds the theme switch, the clock, keys, live regions, toasts and dialogs.
(() => {
  'use strict';
  const root = document.documentElement;
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  const stored = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) {
      try {
        if (value === null) localStorage.removeItem(key);
        else localStorage.setItem(key, value);
      } catch { /* storage is switched off: the choice holds for this page */ }
    },
  };
  const press = (attribute, value) => {
    for (const button of all(`[${attribute}]`)) button.setAttribute('aria-pressed', String(button.getAttribute(attribute) === value));
  };

  // ---- theme
  function setTheme(theme) {
    stored.set('theme', theme === 'auto' ? null : theme);
    if (theme === 'auto') root.removeAttribute('data-bs-theme');
    else root.setAttribute('data-bs-theme', theme);
    press('data-theme-set', theme);
    document.dispatchEvent(new Event('presstime:theme'));
  }

  // ---- clock: moments in UTC follow the switch; moments in a schedule's own zone stay in it
  const ZONES = { utc: 'UTC', local: undefined };
  function format(date, zone, seconds) {
    const wanted = { timeZone: zone, day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' };
    if (seconds || date.getFullYear() !== new Date().getFullYear()) wanted.year = 'numeric';
    if (seconds) { wanted.second = '2-digit'; wanted.weekday = 'short'; }
    return new Intl.DateTimeFormat('en-GB', wanted).format(date).replace(',', '');
  }
  function applyClock(from = document) {
    const zone = ZONES[stored.get('clock') === 'local' ? 'local' : 'utc'];
    for (const time of all('time[data-follows]', from)) {
      const date = new Date(time.dateTime);
      const small = one('[data-exact]', time);
      if (small) small.textContent = format(date, zone, false);
      time.title = format(date, zone, true);
    }
  }
  function setClock(clock) {
    stored.set('clock', clock === 'utc' ? null : clock);
    press('data-clock-set', clock);
    applyClock();
  }

  // ---- toasts: they wait while the pointer or the focus is on them; refusals stay until they are closed
  function arm(box) {
    if (box.classList.contains('toast-error')) return;
    let timer = 0;
    const start = (pause) => { clearTimeout(timer); timer = setTimeout(() => box.remove(), pause); };
    for (const event of ['mouseenter', 'focusin']) box.addEventListener(event, () => clearTimeout(timer));
    for (const event of ['mouseleave', 'focusout']) box.addEventListener(event, () => start(4000));
    start(10000);
  }
  function say(text) {
    const box = one('#toast-template').content.firstElementChild.cloneNode(true);
    one('.toast-text', box).textContent = text;
    one('#toasts').append(box);
    arm(box);
  }

  // ---- copying: navigator.clipboard does not exist on plain HTTP
  async function copy(text) {
    if (navigator.clipboard) {
      try { await navigator.clipboard.writeText(text); return true; } catch { /* not allowed: the old way */ }
    }
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'visually-hidden';
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }

  // ---- live regions: swapped only when the server says that they differ, never under a person's hands
  const live = one('#live');
  const busy = () => document.hidden
    || one('dialog[open], :popover-open, [data-bulk-row]:checked')
    || /^(input|textarea|select)$/i.test(document.activeElement?.nodeName ?? '')
    || !document.getSelection().isCollapsed;
  const keep = { beforeAttributeUpdated: (name, node) => !(name === 'open' && node.nodeName === 'DETAILS') };
  async function refresh(byItself) {
    // An open page must not keep a session in use for ever: the server counts what a person does.
    const headers = byItself ? { Accept: 'text/html', 'Presstime-Refresh': 'live' } : { Accept: 'text/html' };
    const answer = await fetch(location.href, { credentials: 'same-origin', headers });
    if (answer.redirected && new URL(answer.url).pathname !== location.pathname) throw new Error('signed out');
    if (!answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const region of all('[data-live]')) {
      const next = fresh.getElementById(region.id);
      if (!next || next.dataset.live === region.dataset.live) continue;
      window.Idiomorph.morph(region, next, { morphStyle: 'outerHTML', callbacks: keep });
    }
    const updated = fresh.getElementById('updated');
    if (updated) one('#updated').textContent = updated.textContent.replace('Page made', 'Last updated');
    applyClock();
    document.dispatchEvent(new Event('presstime:refreshed'));
  }
  function liveText(text) { const place = one('#live-text'); if (place) place.textContent = text; }
  const isLive = () => stored.get('live') !== 'off';
  const every = () => Number(one('[data-every]')?.dataset.every ?? 15);
  const liveLabel = () => (isLive() ? `Live · ${every()} s` : 'Live · off');
  async function refreshQuietly(byItself = false) {
    try { await refresh(byItself); liveText(liveLabel()); } catch (error) { liveText(error.message === 'signed out' ? 'Signed out' : 'Not reachable'); }
  }
  function startLive() {
    live.setAttribute('aria-pressed', String(isLive()));
    liveText(liveLabel());
    const tick = async () => {
      if (isLive() && !busy()) await refreshQuietly(true);
      setTimeout(tick, every() * 1000);
    };
    setTimeout(tick, every() * 1000);
    document.addEventListener('visibilitychange', () => { if (!document.hidden && isLive()) refreshQuietly(); });
  }

  // ---- keys: single letters, ignored in fields and with modifiers, and they can be switched off (WCAG 2.1.4)
  let afterG = 0;
  function moveRow(step) {
    const rows = all('[data-row] .row-link').filter((link) => link.offsetParent !== null);
    if (!rows.length) return;
    const at = rows.findIndex((link) => link.closest('[data-row]').contains(document.activeElement));
    rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))].focus();
  }
  const KEYS = {
    '/': () => one('[data-search]')?.focus(),
    '?': () => one('#shortcuts')?.showModal(),
    j: () => moveRow(1),
    k: () => moveRow(-1),
    r: () => { if (live) refreshQuietly(); },
    t: () => { if (one('[data-clock-set]')) setClock(stored.get('clock') === 'local' ? 'utc' : 'local'); },
    g: () => { afterG = Date.now(); },
  };
  function onKey(event) {
    const target = event.composedPath()[0]; // the editor lives in a shadow root
    const typing = /^(input|textarea|select)$/i.test(target.nodeName) || target.isContentEditable;
    if (event.ctrlKey || event.metaKey || event.altKey || typing || stored.get('keys') === 'off' || one('dialog[open]')) return;
    if (Date.now() - afterG < 1200) {
      const link = one(`a[data-key="${CSS.escape(event.key)}"]`);
      afterG = 0;
      if (link) { event.preventDefault(); link.click(); return; }
    }
    if (KEYS[event.key]) { event.preventDefault(); KEYS[event.key](); }
  }

  // ---- menus: browsers without anchor positioning get their place by hand
  function place(event) {
    if (event.newState !== 'open' || CSS.supports('position-area: block-end')) return;
    const button = one(`[popovertarget="${CSS.escape(event.target.id)}"]`);
    const box = button.getBoundingClientRect();
    event.target.style.left = `${Math.max(8, Math.min(box.left, innerWidth - event.target.offsetWidth - 8))}px`;
    event.target.style.top = `${box.bottom + event.target.offsetHeight > innerHeight ? box.top - event.target.offsetHeight : box.bottom}px`;
  }

  // ---- forms: a second press sends nothing twice, and leaving with unsaved text asks first
  let unsaved = false;
  function onSubmit(event) {
    const form = event.target;
    if (event.submitter?.formTarget) return;
    if (form.method === 'get') { emptyAway(form); return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = 'yes';
    unsaved = false;
  }
  function emptyAway(form) {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  }

  function showLine(number, area) {
    const before = area.value.split('\n').slice(0, number - 1).join('\n').length + (number > 1 ? 1 : 0);
    const end = area.value.indexOf('\n', before);
    area.focus();
    area.setSelectionRange(before, end < 0 ? area.value.length : end);
    area.scrollTop = (number - 4) * parseFloat(getComputedStyle(area).lineHeight);
  }

  const CLICKS = {
    themeSet: (value) => setTheme(value),
    clockSet: (value) => setClock(value),
    dismiss: (_, element) => element.closest('[data-toast]').remove(),
    why: (value) => say(value),
    frameWidth: (value) => { one('.preview-frame').dataset.width = value; press('data-frame-width', value); },
    dialog: (value) => document.getElementById(value).showModal(),
    close: (_, element) => element.closest('dialog').close(),
    line: (value, element) => showLine(Number(value), document.getElementById(element.dataset.of)),
    copy: async (value, element) => {
      const text = value || document.getElementById(element.dataset.copyFrom).textContent;
      say(await copy(text) ? 'Copied' : 'Copying is not allowed here; select the text instead');
    },
  };
  function onClick(event) {
    for (const [name, act] of Object.entries(CLICKS)) {
      const attribute = `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      const element = event.target.closest(`[${attribute}]`);
      if (element) act(element.getAttribute(attribute), element);
    }
  }

  document.addEventListener('presstime:say', (event) => say(event.detail));
  document.addEventListener('click', onClick);
  document.addEventListener('keydown', onKey);
  document.addEventListener('submit', onSubmit);
  document.addEventListener('toggle', place, true);
  document.addEventListener('input', (event) => { if (event.target.closest('[data-guard]')) unsaved = true; });
  addEventListener('beforeunload', (event) => { if (unsaved) event.preventDefault(); });
  addEventListener('pageshow', () => { for (const form of all('form')) { delete form.dataset.sent; for (const field of form.elements) if (form.method === 'get') field.disabled = false; } });
  document.addEventListener('change', (event) => { if (event.target.matches('[data-submit]')) event.target.form.requestSubmit(); });
  document.body.addEventListener('htmx:configRequest', (event) => {
    event.detail.headers['X-CSRFToken'] = one('meta[name="csrf-token"]').content;
  });
  document.body.addEventListener('htmx:afterSwap', (event) => applyClock(event.target));

  const toggle = one('#nav-toggle');
  toggle?.addEventListener('click', () => toggle.setAttribute('aria-expanded', String(document.body.classList.toggle('nav-open'))));
  live?.addEventListener('click', () => { stored.set('live', isLive() ? 'off' : null); live.setAttribute('aria-pressed', String(isLive())); liveText(liveLabel()); });
  const keys = one('#keys-on');
  if (keys) {
    keys.checked = stored.get('keys') !== 'off';
    keys.addEventListener('change', () => stored.set('keys', keys.checked ? null : 'off'));
  }
  all('[data-toast]').forEach(arm);
  one('[data-focus]')?.focus();
  press('data-theme-set', stored.get('theme') ?? 'auto');
  press('data-clock-set', stored.get('clock') === 'local' ? 'local' : 'utc');
  applyClock();
  if (live) startLive();
})();
