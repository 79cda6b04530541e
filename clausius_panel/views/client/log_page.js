// The logs of one job over the whole page.

export function render({model}) {
  const read = name => JSON.parse(model[name] || "null")
  const page = {props: read("props"), send: message => model.send_msg(message)}
  page.overlay = makeOverlay(page)
  const log = makeLog(page), waits = h("div", {class: "skeleton"}, h("i"), h("i"), h("i"))
  const root = h("div", {class: "board log-page", tabIndex: -1}, h("main", {}, log.node, waits), ...page.overlay.nodes)
  const draw = () => { const shown = read("log"); waits.hidden = Boolean(shown); log.draw(shown) }
  model.on("log", draw)
  draw()

  function onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || page.overlay.isOpen()) return
    if (event.key === "?") { event.preventDefault(); page.overlay.help() }
    else if (event.key === "/") { event.preventDefault(); log.focus() }
  }
  if (model.is_live) {
    document.addEventListener("keydown", onKey)
    model.on("remove", () => { log.stop(); document.removeEventListener("keydown", onKey) })
    model.on("after_render", () => { page.send({kind: "begin"}); document.dispatchEvent(new CustomEvent("clausius-live")) })
  }
  return root
}
