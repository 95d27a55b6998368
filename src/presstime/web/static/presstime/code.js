// Report files in CodeMirror: to read, and to write (`window.presstimeCode`). The page's policy refuses style elements, so the
// editor lives in a shadow root, where it adopts its style sheets. Tab is not bound: it leaves the editor, as in any field.
(() => {
  'use strict';
  const CM = window.CodeMirror;
  if (!CM) return;
  const { EditorState, EditorView, keymap, tags } = CM;

  const dialect = CM.SQLDialect.define({ ...CM.PostgreSQL.spec, specialVar: ':' });
  const sql = CM.sql({ dialect });
  const yaml = CM.yaml();
  const LANGUAGES = { sql, kpi: yaml, chart: yaml, table: yaml, image: yaml, yaml, yml: yaml };
  const wordOf = (info) => info.trim().split(/\s+/)[0];
  const parserOf = (info) => LANGUAGES[wordOf(info)]?.language.parser ?? null;
  const language = [CM.yamlFrontmatter({ content: CM.markdown(parserOf) }), sql.support, yaml.support];

  const inks = CM.HighlightStyle.define([
    { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.typeName], color: 'var(--code-word)' },
    { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-text)' },
    { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--code-number)' },
    { tag: [tags.propertyName, tags.definition(tags.propertyName), tags.special(tags.name), tags.labelName], color: 'var(--code-name)' },
    { tag: [tags.comment, tags.meta, tags.processingInstruction], color: 'var(--code-quiet)' },
    { tag: tags.heading, fontWeight: '700', color: 'var(--code-name)' },
    { tag: tags.strong, fontWeight: '700' },
    { tag: tags.emphasis, fontStyle: 'italic' },
    { tag: [tags.link, tags.url], color: 'var(--tblr-link-color)' },
    { tag: tags.strikethrough, textDecoration: 'line-through' },
  ]);
  const field = { border: '1px solid var(--field-line)', borderRadius: '4px', background: 'var(--tblr-bg-forms)', color: 'inherit', fontSize: '.8125rem' };
  const look = EditorView.theme({
    '&': { color: 'var(--tblr-body-color)', background: 'var(--tblr-bg-surface)', fontSize: '.8125rem', height: '100%' },
    '&.cm-focused': { outline: '3px solid var(--tblr-link-color)', outlineOffset: '-3px' },
    '.cm-scroller': { fontFamily: 'var(--tblr-font-monospace)', lineHeight: '1.55', overflow: 'auto' },
    '.cm-content': { padding: '.75rem 0', caretColor: 'var(--tblr-body-color)' },
    '.cm-cursor': { borderLeftColor: 'var(--tblr-body-color)', borderLeftWidth: '2px' },
    '.cm-gutters': { background: 'var(--tblr-bg-surface-secondary)', color: 'var(--tblr-secondary-color)', borderRight: '1px solid var(--rule)' },
    '.cm-activeLine': { background: 'color-mix(in srgb, var(--hover) 60%, transparent)' },
    '.cm-activeLineGutter': { background: 'var(--hover)', color: 'var(--tblr-body-color)' },
    '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { background: 'light-dark(#bcd3fb, #2f4a78)' },
    '.cm-selectionMatch': { background: 'light-dark(#e3ecfd, #26375a)' },
    '.cm-searchMatch': { background: 'light-dark(#ffe9a8, #5a4a12)' },
    '.cm-searchMatch-selected': { background: 'light-dark(#ffcb52, #8a6a00)' },
    '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { background: 'light-dark(#d9f2e3, #20452f)' },
    '.cm-panels': { background: 'var(--tblr-bg-surface-secondary)', color: 'inherit', fontFamily: 'var(--tblr-font-sans-serif)' },
    '.cm-panels.cm-panels-top': { borderBottom: '1px solid var(--rule)' },
    '.cm-panels.cm-panels-bottom': { borderTop: '1px solid var(--rule)' },
    '.cm-panel.cm-search': { padding: '.5rem 2rem .5rem .75rem' },
    '.cm-panel.cm-search label': { fontSize: '.8125rem', display: 'inline-flex', alignItems: 'center', gap: '.25rem', minHeight: '24px' },
    '.cm-panel.cm-search [name=close]': { width: '24px', height: '24px', fontSize: '1.125rem', color: 'inherit' },
    '.cm-textfield': { ...field, padding: '.25rem .5rem', minHeight: '28px' },
    '.cm-button': { ...field, backgroundImage: 'none', padding: '.25rem .625rem', minHeight: '28px', cursor: 'pointer' },
    '.cm-button:active': { backgroundImage: 'none' },
    '.cm-tooltip': { background: 'var(--tblr-bg-surface)', color: 'var(--tblr-body-color)', border: '1px solid var(--field-line)', borderRadius: '6px', overflow: 'hidden' },
    '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--tblr-font-monospace)', fontSize: '.8125rem' },
    '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '.25rem .5rem', minHeight: '24px' },
    '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--brand)', color: '#fff' },
    '.cm-tooltip-autocomplete ul li[aria-selected] .cm-completionDetail': { opacity: '1' },
    '.cm-completionDetail': { fontStyle: 'normal', color: 'inherit', opacity: '.8' },
    '.cm-diagnostic': { fontFamily: 'var(--tblr-font-sans-serif)', maxWidth: '32rem', whiteSpace: 'normal', padding: '.375rem .75rem' },
    '.cm-diagnostic-error': { borderLeft: '4px solid var(--bad-fill)' },
    '.cm-diagnostic-warning': { borderLeft: '4px solid var(--warn-fill)' },
    '.cm-diagnostic-info': { borderLeft: '4px solid var(--quiet-fill)' },
    '.cm-lintRange': { backgroundImage: 'none', textDecorationLine: 'underline', textDecorationStyle: 'wavy', textDecorationThickness: '1px', textUnderlineOffset: '3px' },
    '.cm-lintRange-error': { textDecorationColor: 'var(--bad-fill)' },
    '.cm-lintRange-warning': { textDecorationColor: 'var(--warn-fill)' },
    '.cm-lintRange-info': { textDecorationColor: 'var(--quiet-fill)' },
    '.cm-foldGutter span': { cursor: 'pointer' },
  });
  const base = [
    CM.lineNumbers(), CM.highlightSpecialChars(), CM.drawSelection(), CM.search({ top: true }), CM.highlightSelectionMatches(),
    CM.bracketMatching(), CM.syntaxHighlighting(inks), language, look, EditorState.tabSize.of(2),
  ];

  function mount(place, doc, extensions) {
    const shadow = place.attachShadow({ mode: 'open' });
    const inside = document.createElement('div');
    inside.id = 'inside';
    shadow.append(inside);
    const fill = new CSSStyleSheet();
    fill.replaceSync(':host { display: block; } #inside { height: 100%; }');
    shadow.adoptedStyleSheets = [fill];
    place.hidden = false;
    return new EditorView({ state: EditorState.create({ doc, extensions }), parent: inside, root: shadow });
  }

  // ---- what stands around a position: the front matter, a block with its first word, or prose
  function surroundings(doc, position) {
    const at = doc.lineAt(position).number;
    let [inside, fence, matter] = ['', '', false];
    for (let number = 1; number < at; number += 1) {
      const { text } = doc.line(number);
      if (number === 1 && text.trim() === '---') { matter = true; continue; }
      if (matter) { if (text.trim() === '---') matter = false; continue; }
      const mark = /^ {0,3}(`{3,}|~{3,})\s*(.*)$/.exec(text);
      if (!mark) continue;
      if (!fence) [fence, inside] = [mark[1], wordOf(mark[2]) || 'code'];
      else if (mark[1].startsWith(fence)) [fence, inside] = ['', ''];
    }
    return matter ? 'matter' : inside || 'prose';
  }
  const namesOf = (text) => [...text.matchAll(/^ {0,3}`{3,}\s*sql\s+(\w+)/gm)].map((match) => match[1]);
  function parametersOf(text) {
    const matter = /^---\n([\s\S]*?)\n---/.exec(text)?.[1] ?? '';
    const block = /^parameters:[ \t]*\n((?:[ \t]+.*(?:\n|$))*)/m.exec(matter)?.[1] ?? '';
    return [...block.matchAll(/^ {2}(\w+):(.*)$/gm)].map((match) => [match[1], /type:\s*period/.test(match[2])]);
  }
  const options = (words, type, detail) => words.map((label) => ({ label, type, detail }));

  function completions(facts, columns) {
    return (context) => {
      const text = context.state.doc.toString();
      const line = context.state.doc.lineAt(context.pos);
      const before = line.text.slice(0, context.pos - line.from);
      const where = surroundings(context.state.doc, context.pos);
      const word = context.matchBefore(/\w*/);
      const found = (list) => (list.length && (context.explicit || word.from < word.to || /[:.{[,]\s*$/.test(before)) ? { from: word.from, options: list, validFor: /^\w*$/ } : null);
      if (where === 'prose') return inProse(found, before, text, context);
      if (where === 'sql') return inSql(found, before, text);
      const key = /(\w+):\s*(?:\[?[^:{}]*)?$/.exec(before)?.[1];
      if (key === 'data') return found(options(namesOf(text), 'variable', 'query'));
      if (['x', 'y', 'value', 'compare', 'color'].includes(key)) return found(columnOptions(text));
      if (['file', 'logo'].includes(key)) return pictures(context, /[^\s:{,]*$/.exec(before)[0]);
      if (key && facts.values[key]) return found(options(facts.values[key], 'constant'));
      if (key) return null;
      if (where === 'matter') return found(options(facts.keys, 'property'));
      return found([...options(facts.block_keys[where] ?? [], 'property'), ...columnOptions(text)]);
    };
    // Their names have dots and slashes, which end a word.
    function pictures(context, begun) {
      return { from: context.pos - begun.length, options: options(facts.values.file, 'constant', 'picture') };
    }
    function columnOptions(text) {
      return namesOf(text).flatMap((query) => options(columns().get(query) ?? [], 'property', query));
    }
    function inProse(found, before, text, context) {
      if (/^ {0,3}`{3,}\w*$/.test(before)) return found(options(facts.blocks, 'keyword', 'block'));
      const query = /\{\{[^}]*?(\w+)\.\w*$/.exec(before)?.[1];
      if (query) return found(options(columns().get(query) ?? [], 'property', 'column'));
      const file = /!\[[^\]]*\]\(([^)\s]*)$/.exec(before)?.[1];
      if (file !== undefined) return pictures(context, file);
      if (!/\{\{[^}]*$/.test(before)) return null;
      return found([...options(namesOf(text), 'variable', 'query'), ...options(parametersOf(text).map(([name]) => name), 'variable', 'parameter')]);
    }
    function inSql(found, before, text) {
      if (!/:\w*$/.test(before)) return null;
      const bound = parametersOf(text).flatMap(([name, isPeriod]) => (isPeriod ? ['start', 'end', 'start_at', 'end_at'].map((end) => `${name}_${end}`) : [name]));
      return found(options(bound, 'variable', 'parameter'));
    }
  }

  // ---- to write: the textarea stays the form's field
  function write(place, area, { facts, columns, onChange, keys }) {
    const view = mount(place, area.value, [
      keymap.of(keys), // before the others: Ctrl+Enter means a new line to them
      ...base, CM.history(), CM.foldGutter(), CM.highlightActiveLine(), CM.highlightActiveLineGutter(), CM.closeBrackets(), CM.lintGutter(),
      CM.autocompletion({ override: [completions(facts, columns)], icons: false }),
      keymap.of([...CM.closeBracketsKeymap, ...CM.completionKeymap, ...CM.searchKeymap, ...CM.historyKeymap, ...CM.foldKeymap, ...CM.lintKeymap, ...CM.defaultKeymap]),
      EditorView.contentAttributes.of({ 'aria-label': 'Text', tabindex: '0' }),
      EditorView.updateListener.of((update) => { if (update.docChanged) { area.value = update.state.doc.toString(); onChange(); } }),
    ]);
    area.hidden = true;
    return {
      focus: () => view.focus(),
      find: () => CM.openSearchPanel(view),
      text: () => view.state.doc.toString(),
      show(number) {
        const line = view.state.doc.line(Math.max(1, Math.min(number, view.state.doc.lines)));
        view.dispatch({ selection: { anchor: line.from }, effects: EditorView.scrollIntoView(line.from, { y: 'center' }) });
        view.focus();
      },
      mark(findings) {
        const { doc } = view.state;
        const marks = findings.filter((finding) => finding.line >= 1 && finding.line <= doc.lines).map((finding) => {
          const line = doc.line(finding.line);
          const from = line.from + /^\s*/.exec(line.text)[0].length;
          return { from: Math.min(from, line.to), to: line.to, severity: { error: 'error', warning: 'warning' }[finding.severity] ?? 'info', message: finding.text };
        });
        view.dispatch(CM.setDiagnostics(view.state, marks));
      },
    };
  }

  // ---- to read: lists of lines become coloured
  for (const place of document.querySelectorAll('[data-read]')) {
    const listing = place.nextElementSibling;
    const text = [...listing.children].map((line) => line.textContent).join('\n');
    mount(place, text, [...base, CM.foldGutter(), keymap.of([...CM.searchKeymap, ...CM.foldKeymap, ...CM.defaultKeymap]), EditorState.readOnly.of(true), EditorView.editable.of(false), EditorView.contentAttributes.of({ 'aria-label': listing.getAttribute('aria-label'), 'aria-readonly': 'true', tabindex: '0' })]);
    place.classList.add('code-place', 'code-read');
    listing.hidden = true;
  }

  window.presstimeCode = { write };
})();
