// The page of history: filters above, one page of jobs or runs, and the way to older and newer ones below.

export function render({model}) {
  const {cell} = JSON.parse(model.props || "{}"), board = {cell, ...makeLine(model)}
  board.overlay = makeOverlay(board)
  const picks = makePicks(board), table = makeHistoryTable(board)
  const search = searchField(board, "Search"), left = h("div", {class: "group grow"}), right = h("div", {class: "group"})
  const bar = h("div", {class: "filters", role: "toolbar", "aria-label": "Filters"}, cell && search, left, right)
  const pager = h("footer", {class: "pager"}), banner = h("div", {class: "banner", role: "alert", hidden: true})
  const root = h("div", {class: `board history${cell ? " cell" : ""}`, tabIndex: -1, "data-lm-suppress-shortcuts": cell ? "true" : null}, banner, bar, h("main", {}, ...table.nodes, pager, table.drawer), ...board.overlay.nodes)
  const filter = board.filter

  function days(shown) {
    const dates = h("div", {class: "dates"}, ...[["since", "From"], ["until", "To"]].map(([name, label]) => h("label", {}, label, h("input", {type: "date", value: shown.when[name],
      onchange: event => filter({[name]: event.target.value, days: 0})}))))
    const item = {id: "days", title: "Submitted", options: shown.when.options, chosen: shown.when.days}
    const said = shown.when.said
    return picks.button("days", "Submitted", said, "When jobs were submitted", event => board.overlay.openMenu(event.currentTarget,
      h("div", {class: "menu-head"}, h("b", {text: "Submitted within"})), picks.radios(item, value => filter({days: value, since: "", until: ""})),
      h("div", {class: "menu-head"}, h("b", {text: "or on days (UTC)"})), dates))
  }

  function saved(shown) {
    return picks.button("saved", "Saved", "", "Filters that were kept under a name", event => {
      const name = h("input", {type: "text", placeholder: "Name for the filters as they are", "aria-label": "Name for these filters", maxLength: 60, disabled: shown.read_only})
      const keep = () => { if (name.value.trim()) { board.send({kind: "save", name: name.value}); board.overlay.menu.hidePopover() } }
      name.addEventListener("keydown", event => { if (event.key === "Enter") keep() })
      const rows = shown.saved.map(one => h("div", {class: "kept"}, h("a", {href: `?${one.query}`, text: one.name, class: "cut grow", title: one.query}),
        iconButton("close", `Delete the filter ${one.name}`, () => { board.send({kind: "forget", name: one.name}); board.overlay.menu.hidePopover() }, {disabled: shown.read_only, class: "icon small"})))
      board.overlay.openMenu(event.currentTarget, h("div", {class: "menu-head"}, h("b", {text: "Saved filters"})), ...(rows.length ? rows : [h("p", {class: "muted none", text: "none yet"})]),
        h("div", {class: "keep"}, name, h("button", {type: "button", text: "Save", disabled: shown.read_only, title: shown.read_only ? "Read-only mode is on" : "", onclick: keep})))
    })
  }

  function exporting(shown) {
    return picks.button("export", "Export", "", "Keep what is selected as a file", event => board.overlay.openMenu(event.currentTarget,
      h("div", {class: "menu-head"}, h("b", {text: shown.export.title})), h("p", {class: "muted none", text: shown.export.text}),
      h("div", {class: "keep"}, ...shown.export.formats.map(one => h("button", {type: "button", text: one.text, onclick: () => { board.send({kind: "export", format: one.value}); board.overlay.menu.hidePopover(); board.overlay.say("preparing the file …") }})))))
  }

  function columns(shown) {
    const now = board.now("columns", shown.columns.filter(column => column.shown).map(column => column.id))
    const list = h("div", {class: "options two"}, ...shown.columns.map(column => h("label", {}, h("input", {type: "checkbox", value: column.id, checked: now.includes(column.id), onchange: () => {
      const columns = [...list.querySelectorAll("input:checked")].map(input => input.value)
      board.choose("columns", columns, {kind: "columns", columns})
    }}), h("span", {text: column.title}))))
    return iconButton("columns", "Choose columns", event => board.overlay.openMenu(event.currentTarget, h("div", {class: "menu-head"}, h("b", {text: "Columns"}),
      h("button", {type: "button", class: "link", text: "As at first", onclick: () => { board.send({kind: "columns", columns: null}); board.overlay.menu.hidePopover() }})), list), {data: {focus: "columns"}, "aria-haspopup": "true"})
  }

  function drawFilters(shown) {
    search.show(shown.text)
    redraw(left, shown, () => [
      h("div", {class: "segs", role: "group", "aria-label": "Rows"}, ...[[false, "Jobs"], [true, "Runs"]].map(([value, text]) => h("button", {type: "button", class: "seg", "aria-pressed": String(shown.grouped === value),
        data: {focus: text}, text, onclick: () => filter({grouped: value})}))),
      days(shown),
      ...shown.facets.map(item => picks.many(item, chosen => filter({[item.id]: chosen}))),
      h("button", {type: "button", class: `pick${shown.starred ? " on" : ""}`, "aria-pressed": String(shown.starred), text: "Starred", data: {focus: "starred"}, title: "Only jobs of runs with a star", onclick: () => filter({starred: !board.now("starred", shown.starred)})}),
      shown.narrowed && h("button", {type: "button", class: "link", text: "Reset", data: {focus: "reset"}, onclick: () => board.send({kind: "reset"})}),
    ])
    redraw(right, shown, () => [!cell && saved(shown), exporting(shown), !shown.grouped && columns(shown)])
  }

  function drawBody(shown) {
    table.draw(shown)
    redraw(pager, [shown.range, shown.older, shown.newer, shown.page_size, table.hidden], () => [
      h("span", {class: "range", text: shown.range}),
      table.hidden > 0 && h("span", {class: "muted", text: `${table.hidden} column${table.hidden === 1 ? " does" : "s do"} not fit`}),
      h("span", {class: "space"}),
      h("label", {class: "muted"}, "Rows ", h("select", {data: {focus: "rows"}, "aria-label": "Rows on a page", onchange: event => filter({page_size: Number(event.target.value)})},
        ...[50, 100, 250].map(size => h("option", {value: size, text: size, selected: size === shown.page_size})))),
      h("button", {type: "button", class: "link", text: "Newest", title: "The first page", hidden: !shown.newer, data: {focus: "first"}, onclick: () => board.send({kind: "first"})}),
      iconButton("left", `${shown.back} ([)`, () => board.send({kind: "newer"}), {disabled: !shown.newer, data: {focus: "newer"}}),
      iconButton("right", `${shown.on} (])`, () => board.send({kind: "older"}), {disabled: !shown.older, data: {focus: "older"}}),
      h("button", {type: "button", class: "link", title: "What the keys do (?)", onclick: () => board.overlay.help()}, "Keys ", h("kbd", {text: "?"})),
    ])
  }

  wireSheet(model, {board, root,
    draws: {
      fleet: fleet => { clock.set(fleet.now ?? Date.now() / 1000); banner.hidden = !fleet.error; banner.textContent = fleet.error ? `This cannot be shown: ${fleet.error}` : "" },
      filters: drawFilters,
      body: drawBody,
    },
    keys: {
      j: () => table.step(1), k: () => table.step(-1), ArrowDown: () => table.step(1), ArrowUp: () => table.step(-1), Enter: () => table.open(),
      "[": () => board.send({kind: "newer"}), "]": () => board.send({kind: "older"}), Escape: () => { if (table.isOpen) table.close() },
      ...cell && {"/": () => search.input.focus()},
    },
  })
  return root
}
