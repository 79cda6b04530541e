// What can be chosen above a table of runs, the table's pages, and what is asked before anything is hidden.

function makeChoices(page) {
  const left = h("div", {class: "group grow"}), right = h("div", {class: "group"})
  const node = h("div", {class: "filters", role: "toolbar", "aria-label": "Filters"}, left, right)
  const filter = page.filter
  let shown = null

  function menuButton(name, title, value, open, {tip = "", isOn = Boolean(value)} = {}) {
    return h("button", {type: "button", class: `pick${isOn ? " on" : ""}`, "aria-haspopup": "true", title: tip || title, data: {focus: name}, onclick: event => open(event.currentTarget)},
      value ? `${title}: ` : title, value && h("b", {class: "cut", text: value}), icon("down"))
  }

  function many(item) {
    const few = item.chosen.length > 1 ? String(item.chosen.length) : item.chosen[0] ?? ""
    return menuButton(item.id, item.title, few, anchor => {
      let chosen = [...page.now(item.id, shown.facets.find(one => one.id === item.id).chosen)]
      const options = h("div", {class: "options"}, ...item.options.map(option => h("label", {}, h("input", {type: "checkbox", checked: chosen.includes(option), onchange: () => {
        chosen = chosen.includes(option) ? chosen.filter(other => other !== option) : [...chosen, option]
        filter({[item.id]: chosen})
      }}), h("span", {class: "cut", text: option, title: option}))))
      page.overlay.openMenu(anchor, h("div", {class: "menu-head"}, h("b", {text: item.title}), h("button", {type: "button", class: "link", text: "Any", onclick: () => { filter({[item.id]: []}); page.overlay.menu.hidePopover() }})),
        item.options.length ? options : h("p", {class: "muted", text: "there is none yet"}))
    })
  }

  function one(name, title, options, value, key, {any = null, always = false} = {}) {
    const choices = any === null ? options : [{value: "", text: any}, ...options], now = choices.find(option => option.value === value)
    return menuButton(name, title, value === "" && !always ? "" : now?.text ?? String(value), anchor => page.overlay.openMenu(anchor, h("div", {class: "options"}, ...choices.map(option => h("label", {},
      h("input", {type: "radio", name, checked: option.value === page.now(key, value), onclick: () => { filter({[key]: option.value}); page.overlay.menu.hidePopover() }}), h("span", {class: "cut", text: option.text, title: option.text}))))), {isOn: !always && value !== ""})
  }

  const toggle = (name, text, on, tip) => h("button", {type: "button", class: `pick${on ? " on" : ""}`, "aria-pressed": String(on), title: tip, data: {focus: name}, onclick: () => filter({[name]: !page.now(name, on)})}, name === "starred" && icon("star"), text)

  function chosen(bar) {
    return [
      ...bar.facets.map(many), toggle("mine", "Mine", bar.mine, "Only runs of the login that each cluster is asked with"),
      bar.projects.length > 0 && one("project", "Project", bar.projects, bar.project, "project", {any: "Any project"}),
      bar.campaigns?.length > 0 && one("campaign", "Campaign", bar.campaigns, bar.campaign, "campaign", {any: "Any campaign"}),
      toggle("starred", "Starred", bar.starred, "Only runs with a star"), toggle("hidden", "Cleared", bar.hidden, "Also what was cleared or dismissed"),
      one("ended", "Ended", bar.ended_choices, bar.ended, "ended_within_h", {always: true}), one("sort", "Order", bar.sorts, bar.sort, "sort", {always: true}),
      bar.narrowed && h("button", {type: "button", class: "link", text: "Reset", data: {focus: "reset"}, onclick: () => page.send({kind: "reset"})}),
    ]
  }

  function tools({read_only, asking}) {
    return [read_only && h("span", {class: "tag", text: "read-only", title: "Nothing can be changed: clausius set read_only false allows it"}),
      h("button", {type: "button", disabled: read_only, text: "Clear …", title: "Hide what failed or completed", data: {focus: "clear"}, onclick: () => page.send({kind: "ask-clear"})}),
      iconButton("refresh", "Refresh now (r)", () => page.send({kind: "refresh"}), {data: {focus: "refresh"}, class: `icon${asking ? " turning" : ""}`})]
  }

  function askCancel({runs, jobs, lines, more, keys}) {
    const close = h("button", {type: "button", text: `Keep ${runs === "1 run" ? "it" : "them"}`, onclick: () => page.overlay.nodes[1].close()})
    const go = () => { page.overlay.nodes[1].close(); page.send({kind: "do", act: "cancel", keys}) }
    page.overlay.openDialog("Cancel", h("h2", {text: `Cancel ${runs}: ${jobs} in the queue?`}), h("p", {class: "muted", text: "What runs is killed; cancelled jobs cannot come back."}),
      h("ul", {class: "lines"}, ...lines.map(text => h("li", {text})), more > 0 && h("li", {class: "muted", text: `and ${more} more`})),
      h("div", {class: "buttons"}, close, h("button", {type: "button", class: "danger", text: `Cancel ${jobs}`, onclick: go})))
    close.focus()
  }

  function ask(question) {
    if (question?.ask === "cancel") askCancel(question)
    if (question?.ask !== "clear") return
    const close = h("button", {type: "button", text: "Keep all", onclick: () => page.overlay.nodes[1].close()})
    const clear = (what, count) => h("button", {type: "button", class: what === "failed" ? "danger" : "", disabled: !count, text: `Hide ${grouped(count)} ${what}`, onclick: () => { page.overlay.nodes[1].close(); page.send({kind: "clear", what}) }})
    page.overlay.openDialog("Clear", h("h2", {text: `Clear ended jobs of ${question.of}?`}),
      h("p", {class: "muted", text: "They are hidden from board and runs, until their state changes. Nothing is deleted, and nothing on the cluster changes. You can undo it."}),
      h("div", {class: "buttons"}, close, clear("completed", question.counts.completed), clear("failed", question.counts.failed)))
    close.focus()
  }

  return {node, ask, draw(bar) { shown = bar; redraw(left, bar, chosen) }, drawTools() { redraw(right, {read_only: page.fleet.read_only, asking: page.fleet.asking.length > 0}, tools) }}
}

function makePager(page, table) {
  const picked = h("span", {class: "picked"}), pages = h("div", {class: "pages"}), node = h("footer", {class: "pager"}, picked, pages)
  let last = 1, at = 1
  function turn(by) {
    const to = page.now("page", at) + by
    if (to >= 1 && to <= last) page.choose("page", to, {kind: "page", page: to})
  }
  const act = (text, title, message, kind = "") => h("button", {type: "button", class: kind, disabled: page.fleet.read_only, text, title, onclick: () => page.send({...message, keys: table.selected})})
  page.picked = count => redraw(picked, {count, read_only: page.fleet.read_only}, () => count ? [h("b", {text: `${count} selected`}),
    act("Cancel …", "Cancel what they have in the queue", {kind: "ask-cancel"}, "danger"), act("Hold", "Keep their waiting jobs from starting", {kind: "do", act: "hold"}), act("Release", "Let their held jobs start again", {kind: "do", act: "release"}),
    h("button", {type: "button", disabled: page.fleet.read_only, text: `Dismiss ${count} run${count === 1 ? "" : "s"}`, title: "Hide their jobs until their state changes (d)", onclick: () => dismiss()}), iconButton("close", "Clear the selection (Esc)", table.clear)] : [])
  const dismiss = () => { if (table.selected.length && !page.fleet.read_only) { page.send({kind: "dismiss", keys: table.selected}); table.clear() } }

  function draw({total, page: now, page_size: size, rows}) {
    at = now
    last = Math.max(1, Math.ceil(total / size))
    redraw(pages, [total, now, size, rows.length], () => [h("span", {text: rows.length ? `${(now - 1) * size + 1}–${(now - 1) * size + rows.length} of ${grouped(total)} runs` : `${grouped(total)} runs`}), h("span", {class: "space"}),
      iconButton("left", "Previous page ([)", () => turn(-1), {disabled: now <= 1, data: {focus: "before"}}), h("span", {class: "muted", text: `page ${now} of ${last}`}), iconButton("right", "Next page (])", () => turn(1), {disabled: now >= last, data: {focus: "after"}}),
      h("button", {type: "button", class: "link", title: "What the keys do (?)", onclick: page.overlay.help}, "Keys ", h("kbd", {text: "?"}))])
  }

  return {node, draw, dismiss, turn}
}

function emptyTable(page, what) {
  if (!what) return []
  if (what.action === "loading") return Array.from({length: 10}, () => h("div", {class: "skeleton row"}, h("i"), h("i"), h("i")))
  const action = {reset: ["Show all runs", {kind: "reset"}], first: ["Go to the first page", {kind: "page", page: 1}]}[what.action]
  return [h("h3", {text: what.title}), what.text && h("p", {class: "muted", text: what.text}), what.code && h("code", {text: what.code}), action && h("button", {type: "button", text: action[0], onclick: () => page.send(action[1])})]
}

const RUN_KEYS = [["Enter", "open or close the run, or open the job"], ["o", "the page of the run or job"], ["s", "star the run"], ["p", "keep the run here"], ["x", "select the run"], ["d", "dismiss the selected runs"], ["[ ]", "previous, next page"]]

function runActions(page, table, pager) {
  const current = () => { const item = table.current(); return item?.kind === "run" ? item.row : null }
  const set = (kind, on) => { const row = current(); if (row) page.send({kind, keys: [row.key], on: !row[on]}) }
  return {
    j: () => table.step(1), k: () => table.step(-1), ArrowDown: () => table.step(1), ArrowUp: () => table.step(-1), Enter: table.open, o: table.go, x: table.pick, s: () => set("star", "starred"), p: () => set("pin", "pinned"),
    d: pager.dismiss, Escape: table.clear, "[": () => pager.turn(-1), "]": () => pager.turn(1),
  }
}
