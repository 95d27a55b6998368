// Blocking and in <head>: the stored theme is on before the first paint. Nothing is taken from the address.
(() => {
  'use strict';
  const root = document.documentElement;
  root.classList.add('js');
  let theme = null;
  try { theme = localStorage.getItem('theme'); } catch { /* storage is switched off: follow the device */ }
  if (theme === 'dark' || theme === 'light') root.setAttribute('data-bs-theme', theme);
})();
