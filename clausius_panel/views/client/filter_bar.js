// Which jobs are shown, and what to do with the selected ones.

function makeFilterBar(board) {
  const search = board.props.search ? searchField(board, "Search jobs") : null
  const left = h("div", {class: "group grow"}), right = h("div", {class: "group"})
  const node = h("div", {class: "filters", role: "toolbar", "aria-label": "Filters"}, search, left, right)
  const filter = board.filter
  let shown = null

  const toggled = (list, item) => list.includes(item) ? list.filter(other => other !== item) : [...list, item]

  function families(bar) {
    const all = h("button", {type: "button", class: "seg", "aria-pressed": String(!bar.states.length), data: {focus: "all"},
      onclick: () => filter({states: []})}, "All ", h("b", {text: grouped(bar.all)}))
    return h("div", {class: "segs", role: "group", "aria-label": "State"}, all, ...bar.families.map(item => h("button", {
      type: "button", class: `seg ${item.family}`, "aria-pressed": String(item.on), "aria-label": `${item.word} ${item.jobs}`, data: {focus: item.family},
      title: `${item.jobs} ${item.word.toLowerCase()}${item.gpus ? `, ${item.gpus} GPUs` : ""}. Ctrl-click to add to the others`,
      onclick: event => {
        const states = board.now("states", bar.states), isAlone = states.length === 1 && states[0] === item.family
        filter({states: event.ctrlKey || event.metaKey ? toggled(states, item.family) : isAlone ? [] : [item.family]})
      },
    }, icon(item.family), h("span", {class: "word", text: item.word}), h("b", {text: grouped(item.jobs)}))))
  }

  function facet(item) {
    const few = item.chosen.length === 1 ? item.chosen[0] : item.chosen.length ? `${item.chosen.length}` : ""
    return h("button", {type: "button", class: `pick${few ? " on" : ""}`, "aria-haspopup": "true", "aria-label": `Filter by ${item.title.toLowerCase()}${few ? `: ${few}` : ""}`, data: {focus: item.id},
      title: item.chosen.length ? `${item.title}: ${item.chosen.join(", ")}` : `Any ${item.title.toLowerCase()}`,
      onclick: event => openFacet(event.currentTarget, item.id)},
      few ? `${item.title}: ` : item.title, few && h("b", {class: "cut", text: few}), icon("down"))
  }

  function openFacet(anchor, id) {
    const item = shown.facets.find(facet => facet.id === id)
    let chosen = [...board.now(id, item.chosen)]
    const list = h("div", {class: "options"})
    const need = h("input", {type: "search", placeholder: `Find ${item.title.toLowerCase()}`, "aria-label": `Find ${item.title.toLowerCase()}`, oninput: () => fill()})
    const clear = h("button", {type: "button", class: "link", text: "Any", onclick: () => { chosen = []; filter({[id]: chosen}); fill() }})
    function fill() {
      const options = item.options.filter(option => option.toLowerCase().includes(need.value.toLowerCase()))
      list.replaceChildren(...options.map(option => h("label", {}, h("input", {type: "checkbox", checked: chosen.includes(option),
        onchange: () => { chosen = toggled(chosen, option); filter({[id]: chosen}) }}), h("span", {class: "cut", text: option, title: option}))))
      if (!options.length) list.append(h("p", {class: "muted", text: item.options.length ? "none of this name" : "none among these jobs"}))
    }
    fill()
    board.overlay.openMenu(anchor, h("div", {class: "menu-head"}, h("b", {text: item.title}), clear), item.options.length > 8 && need, list)
  }

  function openEnded(anchor) {
    board.overlay.openMenu(anchor, h("div", {class: "menu-head"}, h("b", {text: "Show jobs that ended within"})),
      h("div", {class: "options"}, ...shown.ended_choices.map(choice => h("label", {}, h("input", {type: "radio", name: "ended",
        checked: choice.value === board.now("ended_within_h", shown.ended), onclick: () => { filter({ended_within_h: choice.value}); board.overlay.menu.hidePopover() }}),
        h("span", {text: choice.text})))))
  }

  function openColumns(anchor) {
    const now = board.now("columns", shown.columns.filter(column => column.shown).map(column => column.id))
    const picks = shown.columns.map(column => h("label", {}, h("input", {type: "checkbox", value: column.id, checked: now.includes(column.id), onchange: () => {
      const columns = [...list.querySelectorAll("input:checked")].map(input => input.value)
      board.choose("columns", columns, {kind: "columns", columns})
    }}), h("span", {text: column.title})))
    const list = h("div", {class: "options two"}, ...picks)
    board.overlay.openMenu(anchor, h("div", {class: "menu-head"}, h("b", {text: "Columns"}), h("button", {type: "button", class: "link", text: "As at first",
      onclick: () => { board.send({kind: "columns", columns: null}); board.overlay.menu.hidePopover() }})), list)
  }

  function filters(bar) {
    const ended = bar.ended_choices.find(choice => choice.value === bar.ended)
    return [
      families(bar),
      h("button", {type: "button", class: `pick${bar.mine ? " on" : ""}`, "aria-pressed": String(bar.mine), text: "Mine", data: {focus: "mine"},
        title: "Only jobs of the login that each cluster is asked with", onclick: () => filter({mine: !board.now("mine", bar.mine)})}),
      ...bar.facets.map(facet),
      h("button", {type: "button", class: "pick", "aria-haspopup": "true", data: {focus: "ended"}, title: "How far back ended jobs are shown",
        onclick: event => openEnded(event.currentTarget)}, "Ended: ", h("b", {text: ended ? ended.text : ""}), icon("down")),
      bar.narrowed && h("button", {type: "button", class: "link", text: "Reset", data: {focus: "reset"}, onclick: () => board.send({kind: "reset"})}),
    ]
  }

  function tools(bar) {
    return [
      bar.read_only && h("span", {class: "tag", text: "read-only", title: "Nothing can be changed: clausius set read_only false allows it"}),
      h("label", {class: "switch", title: `Ask each cluster every ${bar.interval} s while this page is looked at`},
        h("input", {type: "checkbox", role: "switch", checked: bar.auto, data: {focus: "auto"},
          onchange: event => board.send({kind: "auto", on: event.target.checked})}), h("i"), "Auto"),
      iconButton("more", "Clear failed or completed jobs", event => board.menu(event.currentTarget, {kind: "board-menu"}), {data: {focus: "more"}, "aria-haspopup": "menu"}),
      iconButton("columns", "Choose columns", event => openColumns(event.currentTarget), {data: {focus: "columns"}, "aria-haspopup": "true"}),
      iconButton("refresh", "Refresh now (r)", () => board.send({kind: "refresh"}), {data: {focus: "refresh"}, class: `icon${bar.asking.length ? " turning" : ""}`}),
    ]
  }

  function draw(bar) {
    shown = bar
    search?.show(bar.text)
    redraw(left, bar, filters)
    redraw(right, bar, tools)
  }

  return {node, draw, search: search?.input}
}

// What to do with the selected jobs: at the foot of the table, where nothing moves when it comes and goes.
function makePicked(board) {
  const node = h("span", {class: "picked"})

  function build({count, bar}) {
    if (!count) return []
    return [h("b", {text: `${count} selected`}),
      h("button", {type: "button", class: "danger", data: {focus: "cancel"}, disabled: bar.read_only,
        title: bar.read_only ? "Read-only mode is on" : "Cancel the selected jobs (c)", text: `Cancel ${count} job${count === 1 ? "" : "s"} …`,
        onclick: () => board.send({kind: "ask", act: "cancel", keys: null})}),
      h("button", {type: "button", class: "pick", "aria-haspopup": "menu", data: {focus: "actions"}, title: "All that can be done to the selected jobs (m)",
        onclick: event => board.menu(event.currentTarget, {kind: "menu", keys: null})}, "Actions", icon("up")),
      iconButton("close", "Clear the selection (Esc)", () => board.table.clearSelection(), {data: {focus: "clear"}})]
  }

  board.table.foot.prepend(node)
  return {draw: bar => { if (bar) redraw(node, {count: board.table.size, bar: {read_only: bar.read_only}}, build) }, get anchor() { return node.querySelector(".pick") }}
}
