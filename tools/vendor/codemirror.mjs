// What the report editor takes of CodeMirror 6; vendor.py bundles it into one script that gives `window.CodeMirror`.
import { Language, LanguageSupport, defineLanguageFacet, languageDataProp } from '@codemirror/language';
import { Table, parseCode, parser } from '@lezer/markdown';

export { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, startCompletion } from '@codemirror/autocomplete';
export { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
export { PostgreSQL, SQLDialect, sql } from '@codemirror/lang-sql';
export { yaml, yamlFrontmatter } from '@codemirror/lang-yaml';
export { HighlightStyle, bracketMatching, foldGutter, foldKeymap, foldService, syntaxHighlighting } from '@codemirror/language';
export { lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
export { highlightSelectionMatches, openSearchPanel, search, searchKeymap } from '@codemirror/search';
export { Compartment, EditorSelection, EditorState } from '@codemirror/state';
export {
  EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers, placeholder,
} from '@codemirror/view';
export { tags } from '@lezer/highlight';

// As @codemirror/lang-markdown, which brings HTML, CSS and JavaScript along: 300 kB that no report file needs.
export function markdown(codeParser) {
  const data = defineLanguageFacet();
  const extensions = [Table, { props: [languageDataProp.add({ Document: data })] }, parseCode({ codeParser })];
  return new LanguageSupport(new Language(data, parser.configure(extensions), [], 'markdown'));
}
