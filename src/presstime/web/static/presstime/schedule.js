// Simple choices and the cron expression, kept in step. The expression is what is saved.
(() => {
  'use strict';
  const by = (id) => document.getElementById(id);
  const cron = by('id_cron');
  const [box, kind, day, date, time] = ['simple', 'simple-kind', 'simple-day', 'simple-date', 'simple-time'].map(by);
  for (let number = 1; number <= 28; number += 1) date.add(new Option(String(number), String(number)));
  date.add(new Option('the last', 'L'));

  const FIELDS = { day: ['weekly'], date: ['monthly'], time: ['daily', 'weekdays', 'weekly', 'monthly', 'hourly'] };
  function show() {
    for (const [field, kinds] of Object.entries(FIELDS)) by(`simple-${field}-field`).hidden = !kinds.includes(kind.value);
  }

  function write() {
    show();
    if (kind.value === 'cron') { cron.focus(); return; }
    const [hour, minute] = (time.value || '07:00').split(':').map(Number);
    const rest = { daily: '* * *', weekdays: '* * 1-5', weekly: `* * ${day.value}`, monthly: `${date.value} * *` }[kind.value];
    cron.value = kind.value === 'hourly' ? `${minute} * * * *` : `${minute} ${hour} ${rest}`;
    cron.dispatchEvent(new Event('input', { bubbles: true }));
  }

  function read() {
    const match = /^(\d{1,2}) (\d{1,2}|\*) (\*|[1-9]|1\d|2[0-8]|L) \* (\*|1-5|[0-6])$/.exec(cron.value.trim().replace(/\s+/g, ' '));
    kind.value = match ? kindOf(match) : 'cron';
    if (kind.value !== 'cron') {
      const hour = match[2] === '*' ? '0' : match[2];
      time.value = `${hour.padStart(2, '0')}:${match[1].padStart(2, '0')}`;
      if (kind.value === 'weekly') day.value = match[4];
      if (kind.value === 'monthly') date.value = match[3];
    }
    show();
  }
  function kindOf([, minute, hour, month, week]) {
    if (Number(minute) > 59 || Number(hour) > 23) return 'cron';
    if (hour === '*') return month === '*' && week === '*' ? 'hourly' : 'cron';
    if (month !== '*') return week === '*' ? 'monthly' : 'cron';
    return { '*': 'daily', '1-5': 'weekdays' }[week] ?? 'weekly';
  }

  for (const control of [kind, day, date, time]) control.addEventListener('input', (event) => { event.stopPropagation(); write(); });
  cron.addEventListener('input', (event) => { if (event.isTrusted) read(); });
  box.hidden = false;
  read();
})();
