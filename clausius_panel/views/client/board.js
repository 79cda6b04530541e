// The board: wires cards, filters, table and drawer to the messages of the server. `model` holds what to show as
// JSON texts and takes messages; before the page is connected, a stand-in with the first texts takes its place.

export function render({model}) {
  const read = name => JSON.parse(model[name] || "null")
  const line = makeLine(model), props = read("props"), address = props.cell ? null : makeAddress(model, line)
  const board = {props, ...line, openedRow: () => line.now("opened", read("drawer")?.row ?? null)}
  board.open = row => { board.choose("opened", row, {kind: "open", key: row}); board.table.mark() }
  let fleet = null, bar = null, menuAnchor = null
  // What the server offers comes as the part "menu" and opens where it was asked for.
  board.menu = (anchor, message) => { menuAnchor = anchor; board.send(message) }
  board.overlay = makeOverlay(board)
  board.cards = makeCards(board)
  board.bar = makeFilterBar(board)
  board.table = makeTable(board)
  board.drawer = makeDrawer(board)
  board.picked = makePicked(board)
  board.selectionChanged = () => board.picked.draw(bar)

  const banner = h("div", {class: "banner", role: "alert", hidden: true})
  const root = h("div", {class: `board${board.props.cell ? " cell" : ""}`, tabIndex: -1, "data-lm-suppress-shortcuts": "true"},
    banner, board.cards.node, board.bar.node, h("main", {}, ...board.table.nodes, board.drawer.node), ...board.overlay.nodes)

  function drawFleet() {
    fleet = read("fleet")
    clock.set(fleet.now)
    banner.hidden = !fleet.error
    redraw(banner, fleet.error, error => error ? [h("b", {text: "This cannot be shown: "}), error, " ",
      h("button", {type: "button", text: "Show all jobs", onclick: () => board.send({kind: "reset"})})] : [])
    board.cards.draw(fleet)
  }

  const draws = {
    fleet: drawFleet,
    bar: () => { bar = read("bar"); board.bar.draw(bar); board.picked.draw(bar) },
    table: () => board.table.draw(read("table")),
    patch: () => { const patch = read("patch"); if (patch && !board.table.patch(patch)) board.send({kind: "again"}) },
    menu: () => { const menu = read("menu"); if (menu) board.overlay.openActions(menuAnchor ?? board.table.foot, menu) },
    selection: () => { board.table.select(read("selection")); board.picked.draw(bar) },
    drawer: () => { board.drawer.draw(read("drawer")); board.table.mark() },
    log: () => board.drawer.drawLog(read("log")),
    dialog: () => { const question = read("dialog"); if (question) board.overlay.ask(question) },
    notice: () => { const notice = read("notice"); if (notice) board.overlay.say(notice.text, notice.kind, notice.undo, notice.message) },
    heard: () => { draws.selection(); board.table.mark() },
  }
  for (const [name, draw] of Object.entries(draws)) model.on(name, draw)
  for (const name of ["fleet", "bar", "table", "selection", "drawer", "log"]) draws[name]()

  // ---- keys; in a notebook only while the board has the focus

  const KEYS = {
    j: () => board.table.step(1), k: () => board.table.step(-1), ArrowDown: () => board.table.step(1), ArrowUp: () => board.table.step(-1),
    x: () => board.table.toggle(), Enter: () => board.table.open(), r: () => board.send({kind: "refresh"}), l: () => board.drawer.turn(),
    c: () => act(keys => board.send({kind: "ask", act: "cancel", keys})), h: () => act(keys => board.send({kind: "ask", act: "hold-or-release", keys})),
    m: () => act((keys, row) => board.menu(keys ? row : board.picked.anchor ?? board.table.foot, {kind: "menu", keys})),
    "?": () => board.overlay.help(), "[": () => board.table.turn(-1), "]": () => board.table.turn(1), "/": () => board.bar.search?.focus(),
    Escape: () => board.openedRow() ? board.drawer.close() : board.table.size ? board.table.clearSelection() : null,
  }
  // The selected jobs (null stands for them), else the one with the focus.
  function act(then) {
    const row = board.table.current()
    if (board.table.size) then(null)
    else if (row) then([row.key], board.table.currentNode())
  }
  function onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || board.overlay.isOpen()) return
    const target = event.composedPath()[0]
    const onButton = target instanceof HTMLElement && target.closest("button, a, label, summary")
    const action = KEYS[event.key]
    if (!action || (event.key === "/" && !board.bar.search) || (onButton && event.key === "Enter")) return
    event.preventDefault()
    action()
  }

  // ---- looking: the server polls only for those who look

  const look = () => { if (document.visibilityState === "visible" && root.isConnected) board.send({kind: "look"}) }
  const tick = () => { board.cards.tick(); board.table.tick(); board.drawer.tick() }
  const timers = []

  function theme() {
    const lab = document.body.dataset.jpThemeLight
    if (board.props.cell && lab) root.style.colorScheme = lab === "true" ? "light" : "dark"
  }
  const themes = new MutationObserver(theme)

  if (model.is_live) {
    const keyTarget = board.props.cell ? root : document
    keyTarget.addEventListener("keydown", onKey)
    if (address) window.addEventListener("popstate", address.go)
    document.addEventListener("visibilitychange", look)
    themes.observe(document.body, {attributes: true, attributeFilter: ["data-jp-theme-light"]})
    timers.push(setInterval(tick, 1000), setInterval(look, 15000))
    model.on("remove", () => {
      timers.forEach(clearInterval)
      board.drawer.stop()
      themes.disconnect()
      keyTarget.removeEventListener("keydown", onKey)
      if (address) window.removeEventListener("popstate", address.go)
      document.removeEventListener("visibilitychange", look)
    })
    model.on("after_render", () => { begin(); address?.show(); document.dispatchEvent(new CustomEvent("clausius-live")) })
  }
  // In a notebook the kernel may not yet listen when the cell stands: say so again until it has told the selection.
  function begin(tries = 30) {
    board.send({kind: "begin"})
    if (!board.props.cell || tries === 0) return
    const again = setTimeout(() => begin(tries - 1), 2000)
    timers.push(again)
    model.on("selection", () => clearTimeout(again))
  }
  theme()
  return root
}
