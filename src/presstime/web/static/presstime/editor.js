// The report editor: problems at their lines while typing, previews beside the text, saving without leaving the page.
// Without this file the form is a textarea with the buttons Save and Preview.
(() => {
  'use strict';
  const form = document.querySelector('[data-editor]');
  if (!form || !window.presstimeCode) return;
  const one = (selector, from = form) => from.querySelector(selector);
  const all = (selector, from = form) => [...from.querySelectorAll(selector)];
  const facts = JSON.parse(document.getElementById('editor-facts').textContent);
  const area = form.elements.definition;
  const frame = one('.preview-frame');
  const place = one('[data-state]');
  const auto = one('[data-auto]');
  const stored = { get(key) { try { return localStorage.getItem(key); } catch { return null; } }, set(key, value) { try { localStorage.setItem(key, value); } catch { /* holds for this page */ } } };
  const state = { checked: [], remarks: [], columns: new Map(), declared: '', running: null, made: null, view: 'page', seconds: 0.4, sound: true, tried: '' };

  const editor = window.presstimeCode.write(one('[data-code]'), area, {
    facts,
    columns: () => state.columns,
    onChange: changed,
    keys: [
      { key: 'Mod-Enter', run: () => { preview(); return true; } },
      { key: 'Mod-s', run: () => { save(); return true; }, preventDefault: true },
    ],
  });
  one('[data-find]').hidden = false;
  form.removeAttribute('data-guard'); // the guard here knows what is saved

  // ---- talking to the server
  async function post(address, { signal } = {}) {
    const body = new FormData(form);
    body.set('definition', editor.text());
    const answer = await fetch(address, { method: 'POST', body, signal, headers: { Accept: 'application/json', 'X-CSRFToken': form.elements.csrfmiddlewaretoken.value }, credentials: 'same-origin' });
    if (answer.redirected) throw new Error('You are signed out. Sign in in another tab, then try again here: nothing is lost.');
    if (answer.status >= 500 || answer.status === 403 || answer.status === 413) throw new Error({ 403: 'This form has expired. Copy your text and load the page again.', 413: 'The text is too large.' }[answer.status] ?? 'The server could not answer. Try again in a moment.');
    return answer;
  }
  const isAbort = (error) => error.name === 'AbortError';

  // ---- what is unsaved
  const contents = () => JSON.stringify([form.elements.name.value, editor.text()]);
  let saved = form.elements.revision.value && !document.getElementById('superseded') && !document.getElementById('problems') ? contents() : '';
  const begun = contents();
  const isUnsaved = () => (saved ? contents() !== saved : contents() !== begun);
  const saveState = document.querySelector('[data-save-state]');
  function showSaved() {
    const number = form.elements.revision.value;
    saveState.textContent = `${number ? `Revision ${number}` : 'Not saved yet'}${number && isUnsaved() ? ', with unsaved changes' : ''}`;
  }
  addEventListener('beforeunload', (event) => { if (isUnsaved() && !state.leaving) event.preventDefault(); });

  // ---- problems: of the text, at once; of the last preview
  let checking = 0;
  let controller = null;
  function changed() {
    showSaved();
    clearTimeout(checking);
    checking = setTimeout(check, 350);
    plan();
  }
  async function check() {
    controller?.abort();
    controller = new AbortController();
    try {
      const answer = await (await post('/reports/draft/check', { signal: controller.signal })).json();
      state.checked = answer.findings.map((finding) => ({ ...finding, line: finding.line ?? 0, text: `${finding.message} ${finding.remedy}`.trim() }));
      state.sound = !state.checked.some((finding) => finding.severity === 'error');
      if (answer.declared) showParameters(answer);
    } catch (error) {
      if (isAbort(error)) return;
      state.checked = [{ line: 0, severity: 'warning', text: error.message }];
    }
    showFindings();
  }
  const SIGNS = { error: ['circle-x', 'bad', 'Error'], warning: ['alert-triangle', 'warn', 'Warning'], note: ['info-circle', 'info', 'Note'] };
  function showFindings() {
    const list = [...state.checked, ...(state.sound ? state.remarks : [])].sort((a, b) => a.line - b.line);
    editor.mark(list);
    const box = one('[data-findings]');
    box.hidden = false;
    const errors = list.filter((finding) => finding.severity === 'error').length;
    one('[data-findings-title]').textContent = list.length ? [count(errors, 'error'), count(list.length - errors, 'remark')].filter(Boolean).join(', ') : 'Nothing is wrong';
    box.classList.toggle('has-errors', errors > 0);
    one('.finding-list').replaceChildren(...list.map(item));
  }
  const count = (number, what) => (number ? `${number} ${what}${number === 1 ? '' : 's'}` : '');
  function item(finding) {
    const [icon, tone, word] = SIGNS[finding.severity] ?? SIGNS.note;
    const row = document.createElement('li');
    const sign = document.createElement('span');
    sign.className = `ink-${tone} finding-sign`;
    sign.append(drawing(icon), hidden(word));
    const said = document.createElement('span');
    said.className = 'long';
    said.textContent = finding.text;
    if (finding.line) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'btn btn-sm';
      button.textContent = `Line ${finding.line}`;
      button.addEventListener('click', () => editor.show(finding.line));
      row.append(sign, button, said);
    } else {
      row.append(sign, said);
    }
    return row;
  }
  function drawing(name) {
    const sprite = document.querySelector('svg.ico use').getAttribute('href').split('#')[0];
    const box = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    box.setAttribute('class', 'ico ico-sm');
    box.setAttribute('aria-hidden', 'true');
    box.append(document.createElementNS('http://www.w3.org/2000/svg', 'use'));
    box.firstChild.setAttribute('href', `${sprite}#${name}`);
    return box;
  }
  function hidden(text) {
    const span = document.createElement('span');
    span.className = 'visually-hidden';
    span.textContent = text;
    return span;
  }

  // ---- parameters: the fields follow the text; what a person has filled in stays
  function showParameters(answer) {
    const box = one('[data-parameters]');
    if (answer.declared !== state.declared) {
      state.declared = answer.declared;
      const focused = document.activeElement?.id;
      one('[data-parameters-fields]').innerHTML = answer.fields; // written and escaped by the server
      if (focused) document.getElementById(focused)?.focus();
    }
    box.hidden = false;
    suggest();
    for (const hint of all('[data-meaning]', box)) {
      hint.textContent = answer.meanings[hint.dataset.meaning] ?? '';
      hint.hidden = !hint.textContent;
      const isWrong = answer.misfits.includes(hint.dataset.meaning);
      hint.classList.toggle('wrong', isWrong);
      form.elements[`p-${hint.dataset.meaning}`]?.setAttribute('aria-invalid', isWrong);
      hint.closest('.field').classList.toggle('has-error', isWrong);
    }
    const fitting = Object.entries(answer.meanings).filter(([name, text]) => text && !answer.misfits.includes(name)).map(([, text]) => text);
    one('[data-parameters-said]').textContent = answer.misfits.length ? `${answer.misfits.join(', ')} does not fit` : fitting.slice(0, 2).join(' · ');
  }

  function suggest() {
    for (const [name, choices] of Object.entries(state.made?.choices ?? {})) {
      const input = form.elements[`p-${name}`];
      if (input?.nodeName !== 'INPUT') continue;
      const list = document.getElementById(`choices-${name}`) ?? document.createElement('datalist');
      list.id = `choices-${name}`;
      list.replaceChildren(...choices.map(([value, label]) => { const option = document.createElement('option'); option.value = value; option.label = label; return option; }));
      input.after(list);
      input.setAttribute('list', list.id);
    }
  }

  // ---- previews: made in a process of their own; the last good one stays while another is made or fails
  let planned = 0;
  function plan() {
    clearTimeout(planned);
    if (!auto.checked) return;
    planned = setTimeout(async () => {
      if (editor.text() === state.tried || document.hidden) return;
      if (controller) await check();
      if (state.sound) preview();
    }, Math.min(15, Math.max(1.2, 3 * state.seconds)) * 1000);
  }
  async function preview() {
    clearTimeout(planned);
    stop();
    const run = { key: crypto.randomUUID?.() ?? uuid(), abort: new AbortController(), since: performance.now() };
    state.running = run;
    state.tried = editor.text();
    say('Making the preview…', true);
    const clock = setInterval(() => say(`Making the preview… ${Math.round((performance.now() - run.since) / 1000)} s`, true), 1000);
    try {
      const answer = await post(`/reports/draft/${run.key}`, { signal: run.abort.signal });
      const found = await answer.json();
      if (state.running === run) (answer.ok ? succeeded : failed)(found, run);
    } catch (error) {
      if (!isAbort(error) && state.running === run) failed({ remarks: [{ line: 0, message: error.message }] });
    } finally {
      clearInterval(clock);
      if (state.running === run) { state.running = null; one('[data-cancel]').hidden = true; }
    }
  }
  function stop() {
    const run = state.running;
    if (!run) return;
    state.running = null;
    run.abort.abort();
    post(`/reports/draft/${run.key}/cancel`).catch(() => { /* it ends at its time limit */ });
    one('[data-cancel]').hidden = true;
    say(state.made ? 'Stopped; the preview before it is shown.' : 'Stopped.');
  }
  const uuid = () => '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (digit) => (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16));
  function say(text, isBusy = false) {
    if (!isBusy || !place.dataset.busy) place.textContent = text; // counted seconds are not read out
    place.dataset.busy = isBusy ? 'yes' : '';
    one('.frame-place').classList.toggle('is-busy', isBusy);
    one('[data-cancel]').hidden = !isBusy;
  }
  function succeeded(made, run) {
    state.made = { ...made, key: run.key };
    state.seconds = made.seconds;
    state.remarks = [];
    state.columns = new Map(made.queries.map((query) => [query.name, query.columns.map((column) => column.name)]));
    const rows = made.queries.reduce((sum, query) => sum + query.rows, 0);
    const cut = made.queries.filter((query) => query.is_cut).map((query) => query.name);
    say(`Made in ${seconds(made.seconds)}: ${count(made.queries.length, 'quer').replace(/quer$/, 'query').replace(/quers$/, 'queries') || 'no query'}, ${rows.toLocaleString('en')} row${rows === 1 ? '' : 's'}.${cut.length ? ` Cut for the preview: ${cut.join(', ')}.` : ''}`);
    showCost(made);
    if (Object.keys(made.choices).length) check(); // its form offers them now
    suggest();
    showView();
    showFindings();
  }
  function failed(found) {
    state.remarks = found.remarks.map((remark) => ({ ...remark, severity: 'error', text: remark.message }));
    say(state.made ? 'The text gives no preview now; the last good one is shown.' : 'There is no preview yet.');
    const box = one('[data-preview-problems]');
    box.hidden = false;
    box.replaceChildren(...found.remarks.map((remark) => { const line = document.createElement('p'); line.className = 'm-0 long'; line.textContent = remark.line ? `Line ${remark.line}: ${remark.message}` : remark.message; return line; }));
    showFindings();
  }
  const seconds = (value) => (value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(1)} s`);
  function showCost(made) {
    one('[data-cost]').hidden = false;
    const lines = [...made.queries.map((query) => [query.name, `${query.rows.toLocaleString('en')}${query.is_cut ? '+' : ''}`, seconds(query.seconds)]),
      ...Object.entries(made.views).filter(([, view]) => view.seconds !== undefined).map(([name, view]) => [one(`[data-view=${name}]`).textContent, '', seconds(view.seconds)])];
    one('[data-cost] tbody').replaceChildren(...lines.map((cells) => {
      const row = document.createElement('tr');
      row.append(...cells.map((text, index) => { const cell = document.createElement('td'); cell.textContent = text; if (index) cell.className = 'text-end tnum'; return cell; }));
      return row;
    }));
  }
  function showView() {
    for (const button of all('[data-view]')) button.setAttribute('aria-pressed', String(button.dataset.view === state.view));
    if (!state.made) return;
    const problem = state.made.views[state.view]?.problem;
    const box = one('[data-preview-problems]');
    box.hidden = !problem;
    box.textContent = problem ?? '';
    const address = `/reports/draft/${state.made.key}/${state.view}`;
    if (!problem && frame.getAttribute('src') !== address) frame.src = address;
  }

  // ---- saving
  async function save() {
    if (!form.elements.revision.value) { form.requestSubmit(); return; }
    saveState.textContent = 'Saving…';
    const sent = contents();
    try {
      const answer = await post(location.pathname);
      const said = await answer.json();
      if (answer.ok) {
        saved = sent;
        form.elements.revision.value = said.revision;
        form.elements.note.value = '';
        toast(`Saved as revision ${said.revision}.`);
      } else if (answer.status === 409) {
        ask(said);
      } else {
        const errors = Object.entries(said.errors).filter(([name]) => name !== 'definition').flatMap(([, messages]) => messages);
        await check();
        toast(errors[0] ?? 'Not saved: mend the problems under the text first.');
      }
    } catch (error) {
      toast(error.message);
    }
    showSaved();
  }
  function toast(text) { document.dispatchEvent(new CustomEvent('presstime:say', { detail: text })); }
  const dialog = document.getElementById('conflict');
  function ask(said) {
    one('[data-conflict-said]', dialog).textContent = said.message;
    dialog.dataset.revision = said.revision;
    dialog.showModal();
  }
  dialog.addEventListener('click', (event) => {
    const choice = event.target.closest('[data-conflict]')?.dataset.conflict;
    if (!choice) return;
    dialog.close();
    if (choice === 'save') { form.elements.revision.value = dialog.dataset.revision; save(); return; }
    state.leaving = true;
    form.submit(); // as without this script: the page that answers shows both texts
  });

  async function download(button) {
    say(`Making ${button.dataset.file}…`, true);
    try {
      const answer = await post(button.formAction);
      if (!answer.ok) { failed(await answer.json()); return; }
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await answer.blob());
      link.download = /filename="?([^";]+)/.exec(answer.headers.get('Content-Disposition'))?.[1] ?? 'report';
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
      say(`${link.download} is downloaded.`);
    } catch (error) {
      failed({ remarks: [{ line: 0, message: error.message }] });
    }
  }

  form.addEventListener('submit', (event) => {
    const button = event.submitter;
    area.value = editor.text();
    if (button?.dataset.file) { event.preventDefault(); event.stopPropagation(); download(button); return; }
    if (button?.formTarget === 'preview') { event.preventDefault(); event.stopPropagation(); preview(); return; }
    if (form.elements.revision.value) { event.preventDefault(); event.stopPropagation(); save(); return; }
    state.leaving = true;
  });
  form.addEventListener('input', (event) => {
    if (event.target.closest('[data-parameters]')) changed();
    if (event.target === form.elements.name) showSaved();
  });
  form.addEventListener('change', (event) => { if (event.target.closest('[data-parameters]')) { state.tried = ''; plan(); } });
  form.addEventListener('click', (event) => {
    const view = event.target.closest('[data-view]');
    if (view) { state.view = view.dataset.view; showView(); }
    if (event.target.closest('[data-find]')) editor.find();
    if (event.target.closest('[data-cancel]')) stop();
  });
  document.addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.defaultPrevented || document.querySelector('dialog[open]')) return;
    if (event.key === 's') { event.preventDefault(); save(); }
    if (event.key === 'Enter') { event.preventDefault(); preview(); }
  });
  auto.checked = stored.get('preview-auto') !== 'off';
  auto.addEventListener('change', () => { stored.set('preview-auto', auto.checked ? 'on' : 'off'); if (auto.checked) plan(); });
  showSaved();
  check().then(() => { if (auto.checked && state.sound) preview(); });
})();
