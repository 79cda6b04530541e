// One page of jobs. Rows are kept by key and cells by what they say, so that a refresh moves nothing, loses no
// selection, and only what changed fades.

function makeTable(board) {
  const widths = h("colgroup"), head = h("tr"), body = h("tbody")
  const grid = h("table", {role: "grid", "aria-label": "Jobs"}, widths, h("thead", {}, head), body)
  const empty = h("div", {class: "empty"})
  const scroll = h("div", {class: "scroll", tabIndex: 0}, grid, empty)
  const pages = h("div", {class: "pages"}), footer = h("footer", {class: "pager"}, pages)
  const rows = new Map()
  const picks = new Map()  // key: whether it was picked here, and the number of the message that says so
  let data = null, selected = new Set(), focused = null, anchor = null, columns = [], sign = ""

  // ---- cells

  function cut(text) {
    if (text.length < 16) return [h("span", {class: "cut", text})]
    return [h("span", {class: "cut", text: text.slice(0, -7)}), h("span", {class: "tail", text: text.slice(-7)})]
  }

  function timeBar(cell) {
    const box = h("div", {class: "time"}, h("span", {class: "used"}), h("span", {class: "of"}), h("i", {}, h("b")))
    box.cell = cell
    tellBar(box)
    return box
  }

  function tellBar(box) {
    const {elapsed, limit: most, at} = box.cell, [used, of, track] = box.children
    const now = elapsed === null ? null : elapsed + (at === null ? 0 : Math.max(0, clock.now() - at))
    const put = (node, text) => { if (node.textContent !== text) node.textContent = text }
    put(used, now === null ? "" : duration(now))
    put(of, most === null ? "" : now === null ? `limit ${limit(most)}` : `of ${limit(most)}`)
    const share = most && now !== null ? Math.min(100, 100 * now / most) : 0
    track.hidden = !most || !now
    track.firstChild.style.width = `${share}%`
    track.className = share > 90 && at !== null ? "near" : ""
    box.title = now === null || !most ? "" : `${Math.round(share)} % of its limit; ${duration(Math.max(0, most - now))} left`
  }

  function fill(td, column, cell, row) {
    td.className = column.right ? "right" : ""
    td.title = cell.tip ?? cell.text ?? ""
    if (column.id === "state") td.replaceChildren(chip(cell))
    else if (column.id === "time") td.replaceChildren(timeBar(cell))
    else if ("at" in cell) {
      td.title = ""
      td.replaceChildren(cell.at === null ? "–" : h("span", {class: cell.estimate ? "estimate" : "", data: {ago: cell.at}}))
    } else if (column.id === "name") {
      td.replaceChildren(h("button", {type: "button", class: "name", tabIndex: -1, onclick: () => open(row)}, ...cut(cell.text)))
    } else if (column.id === "job_id") {
      td.replaceChildren(h("button", {type: "button", class: "copy mono cut", tabIndex: -1, text: cell.text, onclick: async () => {
        if (await copyText(cell.text)) board.overlay.say(`copied ${cell.text}`)
      }}))
    } else td.replaceChildren(h("div", {class: `cut${cell.mono ? " mono" : ""}`}, cell.mark && h("span", {class: "idle", text: cell.mark}), cell.text))
  }

  // ---- rows

  function makeRow(row) {
    const box = h("input", {type: "checkbox", tabIndex: -1, "aria-label": `Select job ${row.key}`,
      onclick: event => { event.stopPropagation(); pick(tr.row, box.checked, event.shiftKey) }})
    const tr = h("tr", {tabIndex: -1, onclick: () => focusRow(tr.row.row), ondblclick: () => open(tr.row)}, h("td", {class: "check"}, box))
    Object.assign(tr, {row, box, parts: new Map()})
    return tr
  }

  function patch(tr, row, fresh) {
    tr.row = row
    tr.classList.toggle("ended", row.ended)
    tr.classList.toggle("pinned", Boolean(row.pinned))
    tr.firstChild.title = row.pinned ? "Pinned: it stays until it is dismissed" : ""
    tr.box.disabled = row.ended
    columns.forEach((column, i) => {
      const cell = row.cells[column.id] ?? {text: ""}, said = JSON.stringify(cell)
      let td = tr.parts.get(column.id)
      if (!td) { td = h("td"); tr.parts.set(column.id, td) }
      if (td.said !== said) {
        const seen = td.said !== undefined && !fresh && column.id !== "time"
        td.said = said
        fill(td, column, cell, row)
        if (seen) { td.classList.remove("changed"); void td.offsetWidth; td.classList.add("changed") }
      }
      if (tr.children[i + 1] !== td) tr.insertBefore(td, tr.children[i + 1] ?? null)
    })
    while (tr.children.length > columns.length + 1) tr.lastChild.remove()
    for (const id of tr.parts.keys()) if (!columns.some(column => column.id === id)) tr.parts.delete(id)
  }

  function draw(next) {
    const moved = data && data.question !== next.question
    data = next
    layout()
    const wanted = new Set(next.rows.map(row => row.row))
    for (const [key, tr] of rows) if (!wanted.has(key)) {
      if (tr.matches(":focus-within")) scroll.focus({preventScroll: true}) // the keys go on working
      tr.remove()
      rows.delete(key)
    }
    next.rows.forEach((row, i) => {
      const fresh = !rows.has(row.row)
      if (fresh) rows.set(row.row, makeRow(row))
      const tr = rows.get(row.row)
      patch(tr, row, fresh || moved)
      if (body.children[i] !== tr) body.insertBefore(tr, body.children[i] ?? null)
    })
    if (moved) scroll.scrollTop = 0
    if (focused && !rows.has(focused)) focused = null
    redraw(empty, next.empty, drawEmpty)
    empty.hidden = !next.empty
    redraw(pages, [next.total, next.page, next.page_size, next.rows.length, hiddenColumns()], () => pager(next))
    mark()
    tick()
  }

  // What changed since the table of number `on`; false where that is not the one shown. `order` has places in the old
  // order as [first, last], and names of new rows.
  function patchTable({on, number, head, order, rows: changed}) {
    if (!data || data.number !== on) return false
    const old = data.rows, byName = new Map(old.map(row => [row.row, row]))
    for (const [name, said] of Object.entries(changed)) {
      const known = byName.get(name)
      byName.set(name, known ? {...known, ...said, cells: {...known.cells, ...said.cells}} : said)
    }
    const names = order ? order.flatMap(item => typeof item === "string" ? [item] : old.slice(item[0], item[1] + 1).map(row => row.row)) : old.map(row => row.row)
    draw({...data, ...head, number, rows: names.map(name => byName.get(name))})
    return true
  }

  function drawEmpty(what) {
    if (!what) return []
    if (what.action === "loading") return Array.from({length: 10}, () => h("div", {class: "skeleton row"}, h("i"), h("i"), h("i")))
    const action = {reset: ["Show all jobs", {kind: "reset"}], first: ["Go to the first page", {kind: "page", page: 1}]}[what.action]
    return [h("h3", {text: what.title}), what.text && h("p", {class: "muted", text: what.text}), what.code && h("code", {text: what.code}),
      action && h("button", {type: "button", text: action[0], onclick: () => board.send(action[1])})]
  }

  // ---- columns: those that leave first go first, what is left shares the width

  let hidden = 0
  const hiddenColumns = () => hidden

  function layout() {
    if (!data) return
    const room = (scroll.clientWidth || 1200) - 30
    let kept = [...data.columns]
    const width = () => kept.reduce((sum, column) => sum + column.width, 0)
    while (width() > room && kept.some(column => column.leaves)) {
      const worst = Math.max(...kept.map(column => column.leaves))
      kept.splice(kept.map(column => column.leaves).lastIndexOf(worst), 1)
    }
    hidden = data.columns.length - kept.length
    const spare = Math.max(0, room - width()), shares = kept.reduce((sum, column) => sum + column.grow, 0)
    widths.replaceChildren(h("col", {style: {width: "30px"}}), ...kept.map(column =>
      h("col", {style: {width: `${column.width + (shares ? spare * column.grow / shares : spare / kept.length)}px`}})))
    const now = JSON.stringify([kept, data.sort, data.descending])
    columns = kept
    if (now !== sign) { sign = now; drawHead() }
  }

  const all = h("input", {type: "checkbox", "aria-label": "Select every job of this page", onclick: () => pickMany(live(), all.checked)})

  function drawHead() {
    head.replaceChildren(h("th", {class: "check", scope: "col"}, all), ...columns.map(column => {
      const on = data.sort === column.id
      return h("th", {scope: "col", class: column.right ? "right" : "", "aria-sort": on ? (data.descending ? "descending" : "ascending") : "none"},
        h("button", {type: "button", class: on ? "on" : "", title: column.tip ? `${column.tip}. Click to sort` : `Sort by ${column.title.toLowerCase()}`,
          onclick: () => board.send({kind: "sort", column: column.id})}, column.title, on && icon(data.descending ? "down" : "up")))
    }))
  }

  new ResizeObserver(() => {
    if (!data) return
    const before = columns.map(column => column.id).join()
    layout()
    if (before !== columns.map(column => column.id).join()) draw(data)
  }).observe(scroll)

  // ---- pages

  function pager(next) {
    const last = Math.max(1, Math.ceil(next.total / next.page_size)), from = (next.page - 1) * next.page_size
    const range = next.rows.length ? `${from + 1}–${from + next.rows.length} of ${grouped(next.total)} jobs` : `${grouped(next.total)} jobs`
    return [
      h("span", {class: "range", text: range}),
      hidden > 0 && h("span", {class: "muted", text: `${hidden} column${hidden === 1 ? "" : "s"} ${hidden === 1 ? "does" : "do"} not fit`}),
      h("span", {class: "space"}),
      h("label", {class: "muted"}, "Rows ", h("select", {data: {focus: "rows"}, "aria-label": "Rows on a page", onchange: event => board.send({kind: "page-size", size: Number(event.target.value)})},
        ...[...new Set([50, 100, 250, next.page_size])].sort((a, b) => a - b).map(size => h("option", {value: size, text: size, selected: size === next.page_size})))),
      iconButton("left", "Previous page ([)", () => turn(-1), {disabled: next.page <= 1, data: {focus: "before"}}),
      h("span", {class: "muted", text: `page ${next.page} of ${last}`}),
      iconButton("right", "Next page (])", () => turn(1), {disabled: next.page >= last, data: {focus: "after"}}),
      h("button", {type: "button", class: "link", title: "What the keys do (?)", onclick: () => board.overlay.help()}, "Keys ", h("kbd", {text: "?"})),
    ]
  }

  // ---- selection and focus

  const live = () => data.rows.filter(row => !row.ended)

  function pick(row, on, range) {
    let picked = [row]
    if (range && anchor) {
      const at = data.rows.findIndex(other => other.key === anchor), to = data.rows.indexOf(row)
      if (at >= 0) picked = data.rows.slice(Math.min(at, to), Math.max(at, to) + 1).filter(other => !other.ended)
    }
    anchor = row.key
    pickMany(picked, on)
  }

  function pickMany(picked, on) {
    const keys = picked.map(row => row.key)
    choose(keys, on, board.send({kind: "select", keys, on}))
  }

  function choose(keys, on, number) {
    for (const key of keys) {
      on ? selected.add(key) : selected.delete(key)
      picks.set(key, {on, number})
    }
    mark()
    board.selectionChanged(selected.size)
  }

  function select(keys) {
    selected = new Set(keys)
    for (const [key, {on, number}] of picks) {
      if (board.isHeard(number)) picks.delete(key)
      else on ? selected.add(key) : selected.delete(key)
    }
    mark()
  }

  function clearSelection() {
    choose([...selected], false, board.send({kind: "select", keys: null, on: false}))
  }

  function mark() {
    for (const [key, tr] of rows) {
      const on = selected.has(tr.row.key) && !tr.row.ended
      tr.box.checked = on
      tr.setAttribute("aria-selected", String(on))
      tr.classList.toggle("focused", key === focused)
      tr.classList.toggle("opened", tr.row.row === board.openedRow())
    }
    const able = data ? live() : [], count = able.filter(row => selected.has(row.key)).length
    all.disabled = !able.length
    all.checked = able.length > 0 && count === able.length
    all.indeterminate = count > 0 && count < able.length
  }

  function focusRow(key) {
    focused = key
    mark()
    const tr = rows.get(key)
    tr?.scrollIntoView({block: "nearest"})
    if (tr && board.openedRow() && board.openedRow() !== tr.row.row) open(tr.row)
  }

  function step(by) {
    if (!data?.rows.length) return
    const at = data.rows.findIndex(row => row.row === focused)
    const to = at < 0 ? (by > 0 ? 0 : data.rows.length - 1) : Math.max(0, Math.min(data.rows.length - 1, at + by))
    focusRow(data.rows[to].row)
    rows.get(focused).focus({preventScroll: true})
  }

  const current = () => data?.rows.find(row => row.row === focused) ?? null
  const open = row => row && board.open(row.row)

  // pages that were turned before the answer count
  function turn(by) {
    const last = data ? Math.max(1, Math.ceil(data.total / data.page_size)) : 1, page = board.now("page", data?.page ?? 1) + by
    if (page >= 1 && page <= last) board.choose("page", page, {kind: "page", page})
  }

  function tick() {
    tellTimes(body)
    for (const tr of rows.values()) tr.classList.toggle("old", board.cards.isOld(tr.row.cluster))
    for (const box of body.querySelectorAll(".time")) if (box.cell.at !== null) tellBar(box)
  }

  return {
    nodes: [scroll, footer], foot: footer, draw, patch: patchTable, tick, step, mark, select, clearSelection,
    toggle() { const row = current(); if (row && !row.ended) pick(row, !selected.has(row.key), false) },
    open() { open(current()) },
    current, currentNode: () => rows.get(focused) ?? null,
    turn,
    get size() { return selected.size },
  }
}
