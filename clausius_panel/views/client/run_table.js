// A tree of runs, jobs and tasks as one table. Rows are kept by key: a refresh moves nothing, and what changed fades once.

function makeRunTable(page, {label, picks = true, titles = {}}) {
  const head = h("tr", {}, picks && h("th", {class: "check", scope: "col"}), ...RUN_COLUMNS.map(([name, title, kind]) => h("th", {class: `c-${name} ${kind}`, scope: "col", text: titles[name] ?? title})))
  const body = h("tbody"), grid = h("table", {class: "runs", role: "treegrid", "aria-label": label}, h("thead", {}, head), body)
  const rows = new Map(), selected = new Set()
  let shown = [], focused = null

  function makeRow(item) {
    const tr = h("tr", {tabIndex: -1, class: `is-${item.kind}`, onclick: event => { if (!event.target.closest("a, button, input")) focus(tr.item.key) }, ondblclick: () => open(tr.item)})
    if (picks) {
      const box = item.kind === "run" && h("input", {type: "checkbox", tabIndex: -1, "aria-label": `Select run ${item.row.name}`, onclick: () => pick(tr.item)})
      tr.append(h("td", {class: "check"}, box))
      tr.box = box
    }
    return tr
  }

  function draw(items) {
    shown = items
    const wanted = new Set(items.map(item => item.key))
    for (const [key, tr] of rows) if (!wanted.has(key)) { tr.remove(); rows.delete(key) }
    items.forEach((item, i) => {
      const isNew = !rows.has(item.key)
      if (isNew) rows.set(item.key, makeRow(item))
      const tr = rows.get(item.key), said = JSON.stringify({...item.row, rows: Boolean(item.row.rows)})
      tr.item = item
      redraw(tr, said, () => {
        const state = JSON.stringify(item.row.families ?? item.row.state), cells = item.cells()
        if (!isNew && tr.state !== state) cells[1]?.classList.add("changed")
        tr.state = state
        return [...(picks ? [tr.firstElementChild] : []), ...cells]
      })
      tr.classList.toggle("ended", item.kind === "run" ? !item.row.live : Boolean(item.row.final))
      if (body.children[i] !== tr) body.insertBefore(tr, body.children[i] ?? null)
    })
    for (const key of selected) if (!wanted.has(`run ${key}`)) selected.delete(key)
    if (focused && !rows.has(focused)) focused = null
    mark()
  }

  function mark() {
    for (const [key, tr] of rows) {
      const on = tr.item.kind === "run" && selected.has(tr.item.row.key)
      tr.classList.toggle("focused", key === focused)
      if (tr.box) tr.box.checked = on
      tr.setAttribute("aria-selected", String(on))
    }
    page.picked?.(selected.size)
  }

  function focus(key) {
    focused = key
    mark()
    rows.get(key)?.scrollIntoView({block: "nearest"})
  }

  function step(by) {
    if (!shown.length) return
    const at = shown.findIndex(item => item.key === focused)
    focus(shown[at < 0 ? (by > 0 ? 0 : shown.length - 1) : Math.max(0, Math.min(shown.length - 1, at + by))].key)
    rows.get(focused).focus({preventScroll: true})
  }

  const current = () => shown.find(item => item.key === focused) ?? null

  function open(item) {
    if (!item) return
    if (item.kind === "run") page.send({kind: "turn", what: "run", key: item.row.key})
    else if (item.kind === "job" && item.row.opens) page.send({kind: "turn", what: "array", key: item.row.key})
    else if (item.row.href) location.assign(item.row.href)
  }

  function pick(item) {
    if (item?.kind !== "run") return
    selected.has(item.row.key) ? selected.delete(item.row.key) : selected.add(item.row.key)
    mark()
  }

  function tick() { for (const tr of rows.values()) if (tr.item.row.cluster) tr.classList.toggle("old", page.isOld(tr.item.row.cluster)) }

  return {
    node: grid, draw, step, tick, current, open: () => open(current()), go: () => { const item = current(); if (item?.row.href) location.assign(item.row.href) },
    pick: () => pick(current()), clear: () => { selected.clear(); mark() }, get selected() { return [...selected] },
  }
}
