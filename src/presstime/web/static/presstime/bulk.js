// Choosing rows of a list: three-state box in the head, ranges with Shift, a bar that says how many. Without this file the boxes and the bar work as plain form fields.
(() => {
  'use strict';
  const one = (selector) => document.querySelector(selector);
  const boxes = () => [...document.querySelectorAll('[data-bulk-row]')];
  const keysAreOn = () => { try { return localStorage.getItem('keys') !== 'off'; } catch { return true; } };
  let last = null;

  function sync() {
    const bar = one('#bulk-bar');
    if (!bar) return;
    const rows = boxes();
    const chosen = rows.filter((box) => box.checked).length;
    const all = one('#bulk-all');
    if (!chosen && all) all.checked = false;
    const head = one('#bulk-head');
    if (head) {
      head.checked = chosen > 0 && chosen === rows.length;
      head.indeterminate = chosen > 0 && chosen < rows.length;
    }
    bar.hidden = !chosen;
    one('#bulk-count').textContent = all?.checked ? `All ${all.dataset.total} matching` : `${chosen} selected`;
    const number = all?.checked ? null : chosen;
    for (const button of bar.querySelectorAll('[data-bulk-act]')) {
      const count = number ?? button.dataset.matching;
      button.querySelector('[data-count]').textContent = ` ${count}`;
    }
    for (const box of rows) box.closest('tr').classList.toggle('is-chosen', box.checked);
  }
  function clear() {
    for (const box of boxes()) box.checked = false;
    sync();
  }

  document.addEventListener('click', (event) => {
    const box = event.target.closest('[data-bulk-row]');
    if (box) {
      const rows = boxes();
      const at = rows.indexOf(box);
      if (event.shiftKey && last !== null) {
        for (const each of rows.slice(Math.min(at, last), Math.max(at, last) + 1)) each.checked = box.checked;
      }
      last = at;
      sync();
    }
    if (event.target.closest('[data-bulk-clear]')) clear();
    if (event.target.closest('[data-confirmed]')) {
      const said = document.createElement('input');
      Object.assign(said, { type: 'hidden', name: 'confirmed', value: 'yes' });
      one('#bulk').append(said);
    }
    const asks = event.target.closest('[data-bulk-confirm]');
    if (asks) {
      event.preventDefault();
      const dialog = document.getElementById(asks.dataset.bulkConfirm);
      dialog.querySelector('[data-confirm-count]').textContent = asks.querySelector('[data-count]').textContent.trim();
      dialog.showModal();
    }
  });
  document.addEventListener('change', (event) => {
    if (event.target.matches('#bulk-head')) {
      for (const box of boxes()) box.checked = event.target.checked;
      sync();
    }
    if (event.target.matches('#bulk-all')) sync();
  });
  document.addEventListener('keydown', (event) => {
    const typing = /^(input|textarea|select)$/i.test(event.target.nodeName) && event.target.type !== 'checkbox';
    if (event.ctrlKey || event.metaKey || event.altKey || typing || document.querySelector('dialog[open], :popover-open')) return;
    if (event.key === 'Escape') clear();
    const row = document.activeElement?.closest('[data-row]');
    if (event.key === 'x' && row && keysAreOn()) {
      const box = row.querySelector('[data-bulk-row]');
      if (box) { box.checked = !box.checked; sync(); }
    }
  });
  document.addEventListener('presstime:refreshed', sync);
  addEventListener('pageshow', sync);
  sync();
})();
