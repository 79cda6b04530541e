// One page of the past: rows of jobs or runs, columns that leave when it gets narrow, and one job that is opened.

function makeHistoryTable(board) {
  const widths = h("colgroup"), head = h("tr"), body = h("tbody")
  const grid = h("table", {role: "grid", "aria-label": "History"}, widths, h("thead", {}, head), body)
  const empty = h("div", {class: "empty"})
  const scroll = h("div", {class: "scroll", tabIndex: 0}, grid, empty)
  const drawer = h("aside", {class: "drawer", hidden: true, "aria-label": "One job"})
  let data = null, columns = [], focused = null, opened = null, openedFor = null, hidden = 0

  const LONG_AGO_S = 3 * 86400  // from then on "690 d ago" would be the same in every row: a date is said
  const minute = at => { const when = new Date(at * 1000); return `${when.getFullYear()}-${pad(when.getMonth() + 1)}-${pad(when.getDate())} ${pad(when.getHours())}:${pad(when.getMinutes())}` }

  const middle = text => text.length < 18 ? [h("span", {class: "cut", text})] : [h("span", {class: "cut", text: text.slice(0, -7)}), h("span", {class: "tail", text: text.slice(-7)})]

  function said(cell) {
    if ("at" in cell) return cell.at === null ? "–" : null
    if ("seconds" in cell) return cell.seconds === null ? "–" : duration(cell.seconds)
    if ("limit" in cell) return cell.limit ? limit(cell.limit) : "–"
    return cell.text
  }

  function families(cell) {
    return h("span", {class: "mix"}, ...cell.families.map(([family, jobs]) => h("span", {class: `mix-part ${family}`}, icon(family), grouped(jobs))))
  }

  function copying(cell) {
    return h("button", {type: "button", class: "copy mono cut", tabIndex: -1, text: cell.text, title: "Copy", onclick: async event => {
      event.stopPropagation()
      if (await copyText(cell.text)) board.overlay.say(`copied ${cell.text}`)
    }})
  }

  function content(column, cell, row) {
    if (column.id === "state") return [chip(cell)]
    if (column.id === "states") return [families(cell)]
    if (column.id === "job_id") return [copying(cell)]
    if (column.id === "name") return [row.link && !row.facts ? h(board.cell ? "span" : "a", {class: "name", ...board.cell || {href: row.link}}, ...middle(cell.text))
      : h("button", {type: "button", class: "name", tabIndex: -1, onclick: () => open(row)}, ...middle(cell.text))]
    if ("at" in cell && cell.at !== null) return [clock.now() - cell.at > LONG_AGO_S ? h("span", {text: minute(cell.at), title: moment(cell.at)}) : h("span", {data: {ago: cell.at}})]
    return [h("div", {class: "cut", text: said(cell)})]
  }

  function cellOf(column, row) {
    const cell = row.cells[column.id] ?? {text: ""}
    return h("td", {class: column.right ? "right" : "", title: "at" in cell ? "" : cell.tip ?? said(cell) ?? ""}, ...content(column, cell, row))
  }

  function rowOf(row) {
    const tr = h("tr", {tabIndex: -1, class: "ended", onclick: () => { focus(row.row) }, ondblclick: () => open(row)}, ...columns.map(column => cellOf(column, row)))
    tr.row = row
    return tr
  }

  function layout() {
    const room = scroll.clientWidth || 1200
    let kept = [...data.columns]
    const width = () => kept.reduce((sum, column) => sum + column.width, 0)
    while (width() > room && kept.some(column => column.leaves)) {
      const worst = Math.max(...kept.map(column => column.leaves))
      kept.splice(kept.map(column => column.leaves).lastIndexOf(worst), 1)
    }
    hidden = data.columns.length - kept.length
    const spare = Math.max(0, room - width()), shares = kept.reduce((sum, column) => sum + column.grow, 0)
    widths.replaceChildren(...kept.map(column => h("col", {style: {width: `${column.width + (shares ? spare * column.grow / shares : spare / kept.length)}px`}})))
    columns = kept
  }

  function drawHead() {
    head.replaceChildren(...columns.map(column => {
      const on = data.sort === column.id
      const title = h("button", {type: "button", class: on ? "on" : "", disabled: !data.sortable.includes(column.id), data: {focus: `sort-${column.id}`},
        title: column.tip ? `${column.tip}. Click to sort` : `Sort by ${column.title.toLowerCase()}`, onclick: () => board.send({kind: "sort", column: column.id})},
        column.title, on && icon(data.descending ? "down" : "up"))
      return h("th", {scope: "col", class: column.right ? "right" : "", "aria-sort": on ? (data.descending ? "descending" : "ascending") : "none"}, title)
    }))
  }

  function drawEmpty(what) {
    if (!what) return []
    if (what.action === "loading") return Array.from({length: 12}, () => h("div", {class: "skeleton row"}, h("i"), h("i"), h("i")))
    const action = {reset: ["Show the whole history", {kind: "reset"}], first: ["Go to the first page", {kind: "first"}]}[what.action]
    return [h("h3", {text: what.title}), what.text && h("p", {class: "muted", text: what.text}), ...(what.codes ?? []).map(code => h("code", {text: code})),
      action && h("button", {type: "button", text: action[0], onclick: () => board.send(action[1])})]
  }

  function draw(next) {
    const moved = data && data.question !== next.question
    data = next
    layout()
    redraw(head, [columns, next.sort, next.descending, next.sortable], () => { drawHead(); return [...head.children] })
    redraw(body, [next.rows, columns], () => next.rows.map(rowOf))
    if (moved) scroll.scrollTop = 0
    redraw(empty, next.empty, drawEmpty)
    empty.hidden = !next.empty
    grid.hidden = Boolean(next.empty)
    if (focused && !next.rows.some(row => row.row === focused)) focused = null
    const told = opened && next.rows.find(row => row.row === opened)
    if (told?.facts) redraw(drawer, told, drawJob)
    else if (next.question !== openedFor) hide()
    mark()
    tellAges(scroll)
  }

  new ResizeObserver(() => { if (data) draw(data) }).observe(scroll)

  // ---- one job

  function open(row) {
    if (!row || (board.cell && !row.facts)) return  // a notebook has no page to go to
    if (!row.facts) { location.href = row.link; return }
    opened = row.row
    openedFor = data.question
    drawer.hidden = false
    redraw(drawer, row, drawJob)
    mark()
  }

  function drawJob(row) {
    const facts = row.facts.flatMap(fact => {
      const text = said(fact)
      if ("text" in fact && !text) return []
      const shown = "at" in fact && fact.at !== null ? h("dd", {title: moment(fact.at), text: moment(fact.at).split("\n")[0]}) : h("dd", {class: fact.mono ? "mono" : "", text})
      return [h("dt", {text: fact.title}), shown]
    })
    return [
      h("header", {}, h("div", {class: "what"}, h("h2", {class: "grow", text: row.title}), iconButton("close", "Close (Esc)", close)), h("div", {class: "verdict"}, chip(row.chip))),
      h("section", {}, h("dl", {}, ...facts)),
      !board.cell && h("section", {class: "links"}, h("a", {href: row.link, text: "Open the job"}), row.run && h("a", {href: row.run, text: "Open its run"}))]
  }

  function hide() { opened = null; drawer.hidden = true }

  function close() { hide(); mark(); scroll.focus({preventScroll: true}) }

  // ---- keys

  function mark() {
    for (const tr of body.children) {
      tr.classList.toggle("focused", tr.row.row === focused)
      tr.classList.toggle("opened", tr.row.row === opened)
    }
  }

  function focus(key) {
    focused = key
    mark()
    const tr = [...body.children].find(one => one.row.row === key)
    tr?.scrollIntoView({block: "nearest"})
    if (tr && opened && opened !== key) open(tr.row)
    return tr
  }

  function step(by) {
    if (!data?.rows.length) return
    const at = data.rows.findIndex(row => row.row === focused)
    const to = at < 0 ? (by > 0 ? 0 : data.rows.length - 1) : Math.max(0, Math.min(data.rows.length - 1, at + by))
    focus(data.rows[to].row)?.focus({preventScroll: true})
  }

  return {nodes: [scroll], drawer, draw, step, close, open: () => open(data?.rows.find(row => row.row === focused)), get isOpen() { return !drawer.hidden }, get hidden() { return hidden }}
}
