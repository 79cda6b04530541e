// The sidebar is plain links, alive before anything else is: it folds, remembers that, and hears "g" and a letter.
{
  const side = document.getElementById("side"), fold = document.getElementById("fold")
  let kept = null, begun = 0
  try { kept = localStorage.getItem("clausius-sidebar") } catch { /* storage is refused: as the window is wide */ }

  function show(wide) {
    side.classList.toggle("wide", wide)
    fold.setAttribute("aria-expanded", String(wide))
    fold.title = wide ? "Collapse the sidebar" : "Expand the sidebar"
    fold.lastElementChild.textContent = wide ? "Collapse" : "Expand"
  }
  show(kept ? kept === "wide" : innerWidth >= 1640)
  fold.addEventListener("click", () => {
    const wide = !side.classList.contains("wide")
    show(wide)
    try { localStorage.setItem("clausius-sidebar", wide ? "wide" : "narrow") } catch { /* it holds for this page */ }
  })

  const links = [...side.querySelectorAll("a[data-key]")].filter(link => link.dataset.key)
  // for the help of every page: what "g" and a letter open
  window.clausiusPages = links.map(link => [`g ${link.dataset.key}`, link.textContent])

  // in the capturing phase, before any page hears the letter
  addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const path = event.composedPath()
    const busy = path.some(node => node instanceof HTMLElement && (node.isContentEditable || node.matches("dialog, textarea, select, [popover], input:not([type=checkbox], [type=radio])")))
    if (busy) return
    const link = Date.now() - begun < 1500 && links.find(one => one.dataset.key === event.key)
    begun = event.key === "g" ? Date.now() : 0
    if (!link) return
    event.preventDefault()
    event.stopImmediatePropagation()
    link.click()
  }, true)
}
