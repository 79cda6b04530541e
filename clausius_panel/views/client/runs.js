// The page of runs.

export function render({model}) {
  const page = makePage(model, [...RUN_KEYS, ["v", "jobs instead of runs"]]), {read} = page
  const choices = makeChoices(page), table = makeRunTable(page, {label: "Runs"}), pager = makePager(page, table)
  const empty = h("div", {class: "empty"}), scroll = h("div", {class: "scroll", tabIndex: 0}, table.node, empty)
  const root = h("div", {class: "board page", tabIndex: -1}, page.banner, choices.node, h("main", {}, scroll, pager.node), ...page.overlay.nodes)

  function drawBody() {
    const body = read("body")
    table.draw(allRows(page, body.rows))
    pager.draw(body)
    redraw(empty, body.empty, what => emptyTable(page, what))
    empty.hidden = !body.empty
    table.node.hidden = Boolean(body.empty)
    tellTimes(root)
  }

  return runPage(page, root, {
    draws: {filters: () => choices.draw(read("filters")), body: drawBody, dialog: () => choices.ask(read("dialog"))},
    actions: runActions(page, table, pager), tick: () => { table.tick(); choices.drawTools() },
  })
}
