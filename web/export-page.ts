import type { Plugin } from 'vite'

/** Puts scripts and styles into the page itself, so that it opens from disk, where a browser loads no module. */
export function exportPage(): Plugin {
  return {
    name: 'speciate-export-page',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const page = bundle['index.html']
      if (page?.type !== 'asset') throw new Error('the build made no index.html to put the page into')
      let html = String(page.source)
      for (const [name, file] of Object.entries(bundle)) {
        if (file.type === 'chunk') {
          // "</script" inside a string of the code would end the element. What a page is loaded with is in here already;
          // the bundler names it only after this, in files that are files.
          const code = file.code.replaceAll('</script', '<\\/script').replaceAll('__VITE_PRELOAD__', 'void 0')
          html = html.replace(/<script[^>]*src="[^"]*"[^>]*><\/script>/, '')
          html = html.replace('</body>', () => `<script type="module">${code}</script>\n</body>`)
          Reflect.deleteProperty(bundle, name)
        } else if (name.endsWith('.css')) {
          html = html.replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${String(file.source)}</style>`)
          Reflect.deleteProperty(bundle, name)
        }
      }
      page.source = html.replace(/<link rel="icon"[^>]*>\s*/, '')
      page.fileName = 'export.html'
    },
  }
}
