// The page of all projects.

export function render({model}) {
  const page = makePage(model), {read} = page
  const tools = h("span"), tiles = h("div", {class: "tiles"}), empty = h("div", {class: "empty", hidden: true})
  const sheet = h("div", {class: "sheet", tabIndex: -1}, h("header", {}, h("h1", {text: "Projects"}), h("span", {class: "space"}), tools), h("p", {class: "muted", text: "A job belongs to the project whose prefix its name begins with; a new first word, as in word_name, begins a new project."}), tiles, empty)
  const root = h("div", {class: "board page", tabIndex: -1}, page.banner, sheet, ...page.overlay.nodes)

  function tile(one) {
    return own(one.colour, h("a", {class: `tile${one.merged_into ? " merged" : ""}`, href: one.href},
      h("span", {class: "line"}, h("span", {class: "big", "aria-hidden": "true", text: one.emoji}), h("b", {class: "cut", text: one.name}), h("span", {class: "space"}), one.families.length > 0 && donut(one.families)),
      one.merged_into ? h("span", {class: "muted", text: `counts to ${one.merged_into}`}) : one.families.length ? counts(one.families, 3) : h("span", {class: "muted", text: "nothing at work"}),
      h("span", {class: "muted cut"}, `${grouped(one.runs)} run${one.runs === 1 ? "" : "s"}${one.gpus ? ` · ${one.gpus} GPUs in use` : ""}`, one.last && " · submitted ", one.last && h("span", {data: {ago: one.last}}))))
  }

  function openNew() {
    const name = h("input", {type: "text", "aria-label": "Name", placeholder: "hle", maxLength: 63}), prefix = h("input", {type: "text", "aria-label": "Prefix", placeholder: "hle_", maxLength: 64})
    const dialog = page.overlay.nodes[1]
    const add = h("button", {type: "button", text: "Add", onclick: () => { dialog.close(); page.send({kind: "add", name: name.value, prefix: prefix.value}) }})
    page.overlay.openDialog("New project", h("h2", {text: "New project"}), h("p", {class: "muted", text: "Jobs whose names begin with the prefix are its own, past and to come."}),
      h("div", {class: "form"}, h("span", {text: "Name"}), name, h("span", {text: "Prefix"}), prefix), h("div", {class: "buttons"}, h("button", {type: "button", text: "Close", onclick: () => dialog.close()}), add))
    name.focus()
  }

  function drawBody() {
    const {projects, text} = read("body")
    redraw(tiles, projects, all => all.map(tile))
    empty.hidden = projects.length > 0
    redraw(empty, text, () => text ? [h("h3", {text: `No project is called ${text}`})] : [h("h3", {text: "No project yet"}), h("p", {class: "muted", text: "Name a job in the form project_campaign_rest, and its project shows up here by itself."})])
    tellTimes(root)
  }

  function drawTools() {
    const {merged} = read("filters")
    redraw(tools, {merged, read_only: page.fleet.read_only}, () => [
      h("button", {type: "button", class: `pick${merged ? " on" : ""}`, style: {display: "inline-flex", marginRight: "8px"}, "aria-pressed": String(merged), title: "Also projects that count to others", text: "Merged", data: {focus: "merged"}, onclick: () => page.filter({merged: !page.now("merged", merged)})}),
      h("button", {type: "button", disabled: page.fleet.read_only, text: "New project …", data: {focus: "new"}, onclick: openNew})])
  }

  return runPage(page, root, {draws: {body: drawBody, filters: drawTools}})
}
