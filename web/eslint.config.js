import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'
import svelteConfig from './svelte.config.js'

/** What a candidate or a model wrote enters the page as text nodes only: nothing here may parse a string as markup. */
const noMarkup = [
  'error',
  ...['innerHTML', 'outerHTML', 'srcdoc'].map((name) => ({
    selector: `MemberExpression[property.name='${name}'], AssignmentExpression[left.property.name='${name}']`,
    message: `${name} parses text as markup: use text nodes`,
  })),
  ...['insertAdjacentHTML', 'createContextualFragment', 'setHTMLUnsafe', 'parseFromString', 'writeln'].map((name) => ({
    selector: `CallExpression[callee.property.name='${name}']`,
    message: `${name} parses text as markup: use text nodes`,
  })),
  { selector: "CallExpression[callee.object.name='document'][callee.property.name='write']", message: 'use text nodes' },
  // The content security policy allows no style attribute in markup and no injected style element.
  { selector: "SvelteAttribute[key.name='style']", message: 'use a directive: style:width={...}' },
  { selector: "SvelteDirective[kind='Transition'], SvelteDirective[kind='Animation']", message: 'it injects styles' },
]

export default ts.config(
  { ignores: ['node_modules', '.vite'] },
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: globals.browser } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  {
    rules: {
      'no-restricted-syntax': noMarkup,
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-undef': 'off', // svelte-check knows more of types
      'svelte/no-at-html-tags': 'error',
      'svelte/no-navigation-without-resolve': 'off', // there is no SvelteKit here
      'svelte/prefer-svelte-reactivity': 'off',
      'max-lines': ['error', { max: 400 }],
    },
  },
  { files: ['**/*.svelte'], rules: { 'max-lines': ['error', { max: 300 }] } },
)
