// What the pages of history, usage and settings share: parts to draw, the address bar, looking, keys, and files that
// the server sends to be kept. In a notebook's cell the address bar and the keys of the page belong to others.

function wireSheet(model, {draws, keys = {}, search = null, root, board}) {
  const read = name => JSON.parse(model[name] || "null"), {cell} = read("props") ?? {}
  for (const [name, draw] of Object.entries(draws)) model.on(name, () => draw(read(name)))
  model.on("notice", () => { const notice = read("notice"); if (notice) board.overlay.say(notice.text, notice.kind) })
  model.on("saved", () => { const file = read("saved"); if (file?.name) keepFile(file) })
  for (const [name, draw] of Object.entries(draws)) if (read(name)) draw(read(name))

  const address = cell ? null : makeAddress(model, board)

  function onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || board.overlay.isOpen()) return
    const target = event.composedPath()[0]
    const onButton = target instanceof HTMLElement && target.closest("button, a, label, summary")
    const action = {"?": () => board.overlay.help(), r: () => board.send({kind: "refresh"}), ...keys}[event.key]
    if (!action || (onButton && event.key === "Enter")) return
    event.preventDefault()
    action()
  }

  if (!model.is_live) return
  const look = () => { if (document.visibilityState === "visible" && root.isConnected) board.send({kind: "look"}) }
  const timers = [setInterval(look, 15000), setInterval(() => tellAges(root), 1000)]
  const keyTarget = cell ? root : document, themes = new MutationObserver(theme)
  keyTarget.addEventListener("keydown", onKey)
  document.addEventListener("visibilitychange", look)
  if (address) window.addEventListener("popstate", address.go)
  themes.observe(document.body, {attributes: true, attributeFilter: ["data-jp-theme-light"]})
  theme()
  model.on("remove", () => {
    timers.forEach(clearInterval)
    themes.disconnect()
    keyTarget.removeEventListener("keydown", onKey)
    document.removeEventListener("visibilitychange", look)
    if (address) window.removeEventListener("popstate", address.go)
  })
  model.on("after_render", () => { theme(); begin(); address?.show(); document.dispatchEvent(new CustomEvent("clausius-live")) })

  // In a notebook the kernel may not yet listen when the cell stands: say so again until it has answered.
  function begin(tries = 30) {
    board.send({kind: "begin", tz: Intl.DateTimeFormat().resolvedOptions().timeZone})
    if (!cell || tries === 0) return
    const again = setTimeout(() => begin(tries - 1), 2000)
    timers.push(again)
    model.on("fleet", () => clearTimeout(again))
  }

  function theme() {
    const lab = document.body.dataset.jpThemeLight
    if (!cell || !lab) return
    const around = root.getRootNode().host?.getRootNode().host  // what stands beside this client, such as charts
    for (const node of [root, around]) if (node) node.style.colorScheme = lab === "true" ? "light" : "dark"
  }
}

// A file comes as text, or as base64 where it is not text.
function keepFile({name, text, base64, type}) {
  const bytes = base64 ? Uint8Array.from(atob(base64), letter => letter.charCodeAt(0)) : text
  const url = URL.createObjectURL(new Blob([bytes], {type}))
  const link = h("a", {href: url, download: name})
  document.body.append(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(url), 60000)
}

// Ages of everything that says when it was, and the exact time where the mouse rests.
function tellAges(root) {
  for (const node of root.querySelectorAll("[data-ago]")) {
    const text = ago(Number(node.dataset.ago))
    if (node.textContent !== text) { node.textContent = text; node.title = moment(Number(node.dataset.ago)) }
  }
}
