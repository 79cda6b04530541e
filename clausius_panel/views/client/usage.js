// The page of usage: choices, figures, tabs and tables. The charts are Bokeh's and stand below.

export function render({model}) {
  const board = makeLine(model), {cell, scope} = JSON.parse(model.props || "{}")
  board.overlay = makeOverlay(board)
  const picks = makePicks(board), tables = makeUsageTables(board), files = model.is_live ? makeChartFiles(board, scope ?? "") : null
  const left = h("div", {class: "group grow"}), right = h("div", {class: "group"})
  const bar = h("div", {class: "filters", role: "toolbar", "aria-label": "Filters"}, left, right)
  const banner = h("div", {class: "banner", role: "alert", hidden: true}), tiles = h("div", {class: "tiles"}), tabList = h("div", {class: "tab-list", role: "tablist"}), switches = h("span", {class: "switches"})
  const state = h("span", {class: "state", role: "status"}), tabs = h("div", {class: "tabs"}, tabList, switches, state)
  const skeleton = h("div", {class: "waiting-charts", "aria-label": "computing"}, ...Array.from({length: 4}, () => h("div", {class: "panel skeleton"}, h("i"), h("i"), h("i"), h("i"))))
  const empty = h("div", {class: "empty", hidden: true})
  const root = h("div", {class: "board usage", tabIndex: -1, "data-lm-suppress-shortcuts": cell ? "true" : null}, banner, bar, tiles, tabs, empty, tables.node, skeleton, ...board.overlay.nodes)
  const filter = board.filter
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone

  function days(shown) {
    const when = shown.when
    const dates = h("div", {class: "dates"}, ...[["since", "From"], ["until", "To"]].map(([name, label]) => h("label", {}, label, h("input", {type: "date", value: when[name],
      onchange: event => { if (event.target.value) filter({since: when.since, until: when.until, [name]: event.target.value}) }}))))
    const item = {id: "days", options: when.options, chosen: when.days}
    return picks.button("days", "Days", when.said, "Which days are counted. Draw a stretch in a chart to choose it", event => board.overlay.openMenu(event.currentTarget,
      picks.radios(item, value => filter({days: value, since: "", until: ""})), h("div", {class: "menu-head"}, h("b", {text: `or from one day to another (${shown.tz})`})), dates), when.changed)
  }

  function more(shown) {
    const zone = h("input", {type: "text", value: shown.tz, "aria-label": "Time zone", list: "zones", spellcheck: false, onchange: event => filter({tz: event.target.value.trim()})})
    zone.setAttribute("list", "zones")
    const segments = h("input", {type: "number", min: 0, max: 20, value: shown.segments, "aria-label": "Parts of an account's name", onchange: event => filter({segments: Number(event.target.value)})})
    const check = (name, text, tip) => h("label", {title: tip}, h("input", {type: "checkbox", checked: shown[name], onchange: event => filter({[name]: event.target.checked})}), h("span", {text}))
    const changed = [shown.tz !== "UTC", shown.segments, shown.basis.chosen !== "spread", shown.complete_only, shown.all_values].filter(Boolean).length
    return picks.button("more", "More", changed ? `${changed} set` : "", "Time zone, how hours are counted, accounts", event => board.overlay.openMenu(event.currentTarget,
      h("div", {class: "menu-head"}, h("b", {text: "Hours of a job count"})), picks.radios({id: "basis", options: shown.basis.options, chosen: shown.basis.chosen}, value => filter({basis: value})),
      h("div", {class: "menu-head"}, h("b", {text: "Periods"})), h("div", {class: "options"}, check("complete_only", "only complete ones", "Leave out periods that are not over, or not wholly within these days")),
      h("div", {class: "menu-head"}, h("b", {text: "Time zone"}), here !== shown.tz && h("button", {type: "button", class: "link", text: here, title: "The zone of this computer", onclick: () => { filter({tz: here}); board.overlay.menu.hidePopover() }})),
      h("div", {class: "keep"}, zone, h("datalist", {id: "zones"}, ...shown.zones.map(value => h("option", {value})))),
      h("div", {class: "menu-head"}, h("b", {text: "Accounts: keep so many parts of a-b-c (0: whole)"})), h("div", {class: "keep"}, segments),
      h("div", {class: "menu-head"}, h("b", {text: "Filters"})), h("div", {class: "options"}, check("all_values", "offer values without jobs in these days", "Otherwise what is not used is hidden"))))
  }

  function reports(shown) {
    return picks.button("report", "Report", "", "The report on a month, quarter or year that is over", event => {
      if (!shown.reports.length) return board.overlay.openMenu(event.currentTarget, h("p", {class: "muted none", text: "No month of which there are jobs is over yet."}))
      const kind = h("select", {"aria-label": "Kind of report", onchange: () => fill()}, ...shown.reports.map(one => h("option", {value: one.value, text: one.text})))
      const period = h("select", {"aria-label": "Period"}), names = h("input", {type: "checkbox"})
      const fill = () => period.replaceChildren(...shown.reports.find(one => one.value === kind.value).periods.map(one => h("option", {value: one.value, text: one.text})))
      fill()
      const make = format => { board.send({kind: "report", report: kind.value, period: period.value, format, names: names.checked}); board.overlay.menu.hidePopover(); board.overlay.say("preparing the report …") }
      board.overlay.openMenu(event.currentTarget, h("div", {class: "menu-head"}, h("b", {text: "Report, compared with as many days before"})), h("div", {class: "keep"}, kind, period),
        h("div", {class: "options"}, h("label", {title: "Without them users bear pseudonyms"}, names, h("span", {text: "names of users"}))),
        h("div", {class: "keep"}, ...["pdf", "html", "csv", "json"].map(format => h("button", {type: "button", text: format.toUpperCase(), onclick: () => make(format)}))))
    })
  }

  function account(shown) {
    if (!shown.account) return null
    return h("span", {class: "segs", role: "group", "aria-label": `GPU usage of ${shown.account}`}, ...[7, 14, 30].map(days => h("button", {type: "button", class: "seg", text: `${days} d`, data: {focus: `a${days}`},
      title: `Usage of ${shown.account} by user, the last ${days} days`, "aria-pressed": String(shown.when.days === days), onclick: () => filter({days, since: "", until: "", group: "user", tab: "overview"})})))
  }

  function drawFilters(shown) {
    redraw(left, shown, () => [
      days(shown),
      picks.one({id: "period", title: "By", usual: "auto", tip: "What one point of a chart stands for", ...shown.period}, value => filter({period: value})),
      picks.one({id: "group", title: "Colours", usual: "account", tip: "What the charts tell apart", ...shown.group}, value => filter({group: value})),
      ...shown.facets.map(item => picks.many(item, chosen => filter({[item.id]: chosen}))),
      account(shown),
      shown.narrowed && h("button", {type: "button", class: "link", text: "Reset", data: {focus: "reset"}, onclick: () => board.send({kind: "reset"})}),
    ])
    redraw(right, shown, () => [reports(shown), more(shown), iconButton("refresh", "Compute again (r)", () => board.send({kind: "refresh"}), {data: {focus: "refresh"}})])
    redraw(tabList, shown.tabs, all => all.map(tab => h("button", {type: "button", role: "tab", class: "tab", "aria-selected": String(tab.on), text: tab.text, data: {focus: tab.value}, onclick: () => filter({tab: tab.value})})))
    redraw(switches, shown.switches, all => all.map(aSwitch))
  }

  // one of a few ways to draw the charts of a tab
  function aSwitch(one) {
    return h("span", {class: "switch", role: "group", "aria-label": one.label}, one.title && h("span", {class: "muted", text: one.title}), h("span", {class: "segs"}, ...one.options.map(option =>
      h("button", {type: "button", class: "seg", text: option.text, data: {focus: `${one.id}-${option.value}`}, "aria-pressed": String(option.value === one.chosen), title: option.tip, onclick: () => filter({[one.id]: option.value})}))))
  }

  function tile(one) {
    return h("div", {class: "tile", title: [one.tip, one.change ? "" : one.change_tip].filter(Boolean).join("\n")}, h("span", {class: "muted", text: one.title}), h("b", {text: one.text}), h("small", {class: "muted", text: one.note}), h("small", {class: "muted", text: one.change, title: one.change_tip}))
  }

  function drawEmpty(what) {
    if (!what) return []
    return [h("h3", {text: what.title}), what.text && h("p", {class: "muted", text: what.text}), ...(what.codes ?? []).map(code => h("code", {text: code})),
      what.action && h("button", {type: "button", text: what.button ?? "Count every job", onclick: () => board.send({kind: "reset"})})]
  }

  function drawBody(shown) {
    redraw(tiles, shown.tiles, all => all.length ? all.map(tile) : Array.from({length: 7}, () => h("div", {class: "tile skeleton"}, h("i"), h("i"))))
    redraw(empty, shown.empty, drawEmpty)
    empty.hidden = !shown.empty
    tables.draw(shown.empty ? [] : shown.tables)
    tables.node.hidden = !shown.tables.length
    tables.node.classList.toggle("old", shown.busy)
    tiles.classList.toggle("old", shown.busy)
    skeleton.hidden = !shown.waits
    const line = shown.busy ? "computing …" : shown.took
    redraw(state, [line, shown.as_of, shown.busy], () => [h("span", {class: "muted", text: line}), shown.as_of && !shown.busy && h("span", {class: "muted"}, " · ", h("span", {data: {ago: shown.as_of}, text: ago(shown.as_of)}))])
  }

  wireSheet(model, {board, root,
    draws: {
      fleet: fleet => { banner.hidden = !fleet.error; banner.textContent = fleet.error ? `This cannot be shown: ${fleet.error}` : ""; root.classList.toggle("failed", Boolean(fleet.error)) },
      filters: drawFilters,
      body: drawBody,
    },
  })
  if (model.is_live) model.on("remove", () => files.stop())
  return root
}
