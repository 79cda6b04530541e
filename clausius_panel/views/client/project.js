// The page of one project: how it has done, and its runs.

export function render({model}) {
  const page = makePage(model, RUN_KEYS), {read} = page
  const choices = makeChoices(page), table = makeRunTable(page, {label: "Runs"}), pager = makePager(page, table)
  const head = h("div", {class: "sheet-head"}), empty = h("div", {class: "empty"}), scroll = h("div", {class: "scroll", tabIndex: 0}, table.node, empty)
  const top = h("div", {class: "project-top"}, head, choices.node), root = h("div", {class: "board page", tabIndex: -1}, page.banner, top, h("main", {}, scroll, pager.node), ...page.overlay.nodes)
  const dialog = page.overlay.nodes[1], close = () => dialog.close()

  function drawHead(one) {
    if (!one) return h("p", {}, "There is no such project. ", h("a", {href: "?page=projects", text: "All projects"}))
    const read_only = page.fleet.read_only
    return [h("div", {class: "line"}, h("span", {class: "big", "aria-hidden": "true", text: one.emoji}), h("h1", {style: {fontSize: "18px", fontWeight: 650}, text: one.name}), own(one.colour, h("span", {class: "project", title: "its jobs' names begin so", text: one.prefix})),
      one.merged_into && h("span", {class: "mark", text: `counts to ${one.merged_into}`}), h("span", {class: "space"}),
      h("button", {type: "button", disabled: read_only, text: "Edit …", data: {focus: "edit"}, onclick: () => openEdit(one)}),
      one.merged_into ? h("button", {type: "button", disabled: read_only, text: "Take apart", title: "Let it stand for itself again", onclick: () => page.send({kind: "merge", into: ""})})
        : h("button", {type: "button", disabled: read_only || !one.others.length, text: "Merge …", data: {focus: "merge"}, onclick: () => openMerge(one)})),
    h("div", {class: "panel", style: {marginTop: "10px"}}, h("div", {class: "numbers-row"}, ...numbers(one), weekBars(one.weeks)))]
  }

  function openEdit(one) {
    const name = h("input", {type: "text", value: one.name, "aria-label": "Name", maxLength: 63}), prefix = h("input", {type: "text", value: one.prefix, "aria-label": "Prefix", maxLength: 64})
    const emoji = h("input", {type: "text", value: one.emoji, "aria-label": "Emoji", maxLength: 16}), colour = h("input", {type: "color", value: one.colour, "aria-label": "Colour"})
    const swatches = h("div", {class: "swatches"}, colour, ...one.colours.map(value => h("button", {type: "button", title: value, "aria-label": `Colour ${value}`, style: {background: value}, onclick: () => { colour.value = value }})))
    const emojis = h("div", {class: "swatches"}, emoji, ...one.emojis.map(value => h("button", {type: "button", text: value, onclick: () => { emoji.value = value }})))
    page.overlay.openDialog("Edit project", h("h2", {text: `Edit ${one.name}`}), h("div", {class: "form"}, h("span", {text: "Name"}), name, h("span", {text: "Prefix"}), prefix, h("span", {text: "Colour"}), swatches, h("span", {text: "Emoji"}), emojis),
      h("div", {class: "buttons"}, h("button", {type: "button", text: "Close", onclick: close}), h("button", {type: "button", text: "Save", onclick: () => { close(); page.send({kind: "edit", looks: {name: name.value, prefix: prefix.value, colour: colour.value, emoji: emoji.value}}) }})))
    name.focus()
  }

  function openMerge(one) {
    const into = h("select", {"aria-label": "Into"}, ...one.others.map(name => h("option", {value: name, text: name})))
    page.overlay.openDialog("Merge project", h("h2", {text: `Merge ${one.name} into another?`}), h("p", {class: "muted", text: `All jobs and runs of ${one.name}, past and to come, will count to the other. This can be taken back.`}),
      h("div", {class: "form"}, h("span", {text: "Into"}), into), h("div", {class: "buttons"}, h("button", {type: "button", text: "Keep it", autofocus: true, onclick: close}), h("button", {type: "button", text: "Merge", onclick: () => { close(); page.send({kind: "merge", into: into.value}) }})))
  }

  function drawBody() {
    const body = read("body")
    redraw(head, [body.head, page.fleet.read_only], () => drawHead(body.head))
    table.draw(allRows(page, body.rows))
    pager.draw(body)
    redraw(empty, body.empty, what => emptyTable(page, what))
    empty.hidden = !body.empty || !body.head
    choices.node.hidden = pager.node.hidden = !body.head
    table.node.hidden = Boolean(body.empty)
    tellTimes(root)
  }

  return runPage(page, root, {
    draws: {filters: () => choices.draw(read("filters")), body: drawBody, dialog: () => choices.ask(read("dialog"))},
    actions: runActions(page, table, pager), tick: () => { table.tick(); choices.drawTools() },
  })
}
