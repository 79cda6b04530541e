// One file of a job. Every line is text nodes; a line is known by the byte where it begins, so that what stays is
// not drawn again and whoever reads in the middle is not moved.

const FOLLOW_MS = 2000

function makeViewer(board, isSide) {
  let shown = null, isFollowing = false, timer = null, pieces = [], asked = null
  const drawn = new Map()

  // whoever is led to a line stays there
  const tell = message => {
    if (["error", "jump", "goto", "older"].includes(message.act)) follow.press(isFollowing = false)
    board.send({kind: "log", side: isSide, ...message})
  }
  const files = h("select", {"aria-label": "File", onchange: () => tell({act: "file", path: files.value})})
  const follow = switchButton("Follow", "Show new lines every 2 s, as long as this page is visible", on => { isFollowing = on; if (on) { toEnd(); look() } })
  const wrap = switchButton("Wrap", "Break long lines", on => lines.classList.toggle("wrapped", on))
  const plain = switchButton("Lines", "Show the file as lines, whatever it is", on => tell({act: "lines", on}))
  const firstError = h("button", {type: "button", text: "First error", title: "Search the whole file for its first error", onclick: () => tell({act: "error"})})
  const last = h("button", {type: "button", text: "Last lines", title: "Read the end of the file again", onclick: () => { toEnd(); tell({act: "end"}) }})
  const search = h("input", {type: "search", placeholder: "Search this file", "aria-label": "Search this file", spellcheck: false, autocomplete: "off", maxLength: 200, onkeydown: onSearchKey})
  const field = h("label", {class: "search"}, icon("search"), search)
  const copyPath = iconButton("copy", "Copy the path", () => copy(shown?.path, "copied the path"), {class: "icon small"})
  const folder = h("span", {class: "cut folder"}), name = h("span", {class: "both"}), path = h("span", {class: "mono path"}, folder, name)
  const facts = h("span", {class: "muted facts"})
  const save = h("button", {type: "button", class: "link", text: "Download", title: "Save the file on this computer", onclick: () => { pieces = []; tell({act: "download"}) }})
  const copyLines = h("button", {type: "button", class: "link", text: "Copy text", title: "Copy the lines shown", onclick: copyRows})
  const trackers = h("nav", {class: "trackers", "aria-label": "Experiment trackers", hidden: true})
  const news = h("div", {class: "news"}), hits = h("div", {class: "hits", hidden: true})
  const lines = h("div", {class: "log-lines wrapped", tabIndex: 0, role: "log", "aria-label": "Lines of the log", "aria-live": "off", onkeydown: onLinesKey, onscroll: page})
  const rich = h("div", {class: "log-rich", tabIndex: 0, hidden: true, onkeydown: onLinesKey})
  const bar = h("div", {class: "log-bar"}, files, firstError, follow, last, wrap, plain, field)
  const node = h("section", {class: isSide ? "viewer side" : "viewer", hidden: true, "aria-label": isSide ? "Log beside" : "Log in front"},
    bar, h("div", {class: "log-path"}, path, copyPath, h("span", {class: "space"}), facts, save, copyLines), trackers, news, hits, lines, rich)
  wrap.press(true)

  function switchButton(text, tip, changed) {
    const button = h("button", {type: "button", class: "switch", text, title: tip, "aria-pressed": "false", onclick: () => { button.press(button.ariaPressed !== "true"); changed(button.ariaPressed === "true") }})
    button.press = on => button.setAttribute("aria-pressed", String(on))
    return button
  }

  function onSearchKey(event) {
    event.stopPropagation()
    if (event.key === "Enter") tell({act: "search", text: search.value})
    else if (event.key === "Escape" && search.value) { event.preventDefault(); search.value = ""; tell({act: "search", text: ""}) }
    else if (event.key === "Escape") search.blur()
  }

  // the keys that scroll do so here, and do not go through the jobs
  function onLinesKey(event) { if (/^(Arrow|Page|Home|End)/.test(event.key)) event.stopPropagation() }

  async function copy(text, words) { if (text && await copyText(text)) board.overlay.say(words) }

  function copyRows() { copy((shown?.rows ?? []).map(row => row[2].map(span => span[0]).join("")).join("\n"), "copied the lines shown") }

  // ---- lines

  const atEnd = () => lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40
  function toEnd() { lines.dataset.wants = "end" }

  function span([text, classes, colour, ground]) {
    return classes === undefined ? text : h("span", {class: classes, text, style: {
      ...(colour && {color: `color-mix(in oklab, ${colour} 60%, var(--text))`}), ...(ground && {background: `color-mix(in oklab, ${ground} 30%, transparent)`})}})
  }

  // as wide as the longest number of a line
  const gutter = numbers => `max(52px, ${grouped((numbers ?? []).reduce((most, number) => Math.max(most, number ?? 0), 0)).length}ch + 12px)`

  function line(row) {
    const sign = JSON.stringify(row), old = drawn.get(row[0])
    if (old?.sign === sign) return old
    const fresh = h("div", {class: "row"}, h("span", {class: "at", text: row[1] === null ? "" : grouped(row[1]), "aria-hidden": "true", title: "Mark this line, for a link", onclick: () => tell({act: "jump", at: row[0], line: row[1]})}), h("span", {class: "text"}, ...row[2].map(span)))
    fresh.sign = sign
    return fresh
  }

  function drawLines(log, isOther, stood) {
    const stays = !isOther && stood, top = lines.scrollTop
    const anchor = [...lines.children].find(row => row.offsetTop + row.offsetHeight > top), ahead = anchor ? anchor.offsetTop - top : 0
    const made = log.rows.map(line)
    drawn.clear()
    log.rows.forEach((row, at) => drawn.set(row[0], made[at]))
    if (made.length !== lines.children.length || made.some((row, at) => row !== lines.children[at])) lines.replaceChildren(...made)
    if (isOther || stays || lines.dataset.wants === "end") lines.scrollTop = lines.scrollHeight
    else if (anchor?.isConnected) lines.scrollTop = anchor.offsetTop - ahead
    if (made.length) delete lines.dataset.wants
  }

  function drawMark(at, isNew) {
    for (const [offset, row] of drawn) row.classList.toggle("marked", offset === at)
    if (isNew && at !== null) drawn.get(at)?.scrollIntoView({block: "center"})
  }

  // whoever scrolls to an end of what is shown gets more of the file
  function page() {
    if (!shown || shown.busy || !shown.rows.length || lines.hidden || !node.isConnected) return
    const first = shown.rows[0][0], end = shown.rows[shown.rows.length - 1][0]
    if (lines.scrollTop < 60 && first > 0 && asked !== `older ${first}` && lines.dataset.wants !== "end") { asked = `older ${first}`; tell({act: "older"}) }
    else if (atEnd() && !shown.is_end && asked !== `newer ${end}`) { asked = `newer ${end}`; tell({act: "newer"}) }
  }

  // ---- a download comes in pieces, each asked for when the one before is here

  function take(chunk) {
    if (!chunk || chunk.n !== pieces.length) return
    pieces.push(Uint8Array.from(atob(chunk.data), letter => letter.charCodeAt(0)))
    if (!chunk.last) return void tell({act: "next-piece"})
    const url = URL.createObjectURL(new Blob(pieces)), link = h("a", {href: url, download: chunk.name || "log"})
    pieces = []
    link.click()
    setTimeout(() => URL.revokeObjectURL(url), 60000)
    tell({act: "done"})
  }

  // ---- what is told above the lines

  function buildNews(log) {
    const retry = h("button", {type: "button", text: "Try again", onclick: () => tell({act: "end"})})
    return [
      log.busy && h("p", {class: "busy", role: "status", text: `${log.busy} …`}),
      log.error && h("p", {class: "bad", role: "alert"}, h("span", {text: log.error}), retry),
      log.progress && h("div", {class: "progress", title: log.progress.tip}, h("i", {}, h("b", {style: {width: `${log.progress.percent}%`}})), h("span", {text: log.progress.text})),
      log.crash && h("p", {class: `bad crash${log.crash.mild ? " mild" : ""}`}, icon("failed"), h("span", {text: log.crash.text}), log.crash.at !== null && h("button", {type: "button", class: "link", text: "Show", onclick: () => tell({act: "jump", at: log.crash.at})})),
      log.elsewhere && h("p", {class: "bad elsewhere", role: "status"}, icon("failed"), h("span", {text: log.elsewhere.text}),
        h("button", {type: "button", class: "link", text: "Show", title: visible(log.elsewhere.path), onclick: () => tell({act: "file", path: log.elsewhere.path, at: log.elsewhere.at, line: log.elsewhere.line})})),
      log.note && h("p", {class: "muted", role: "status", text: log.note}),
      log.unsearched && h("p", {class: "muted", role: "status"}, h("span", {text: log.unsearched.text}),
        log.unsearched.start !== null && h("button", {type: "button", text: "Go on", title: "Search on from there", onclick: () => tell({act: "error", start: log.unsearched.start})})),
      log.empty && !log.busy && h("div", {class: "nothing"}, h("p", {text: log.empty}), retry),
      log.chunk && h("p", {class: "muted", role: "status", text: `downloading: ${log.chunk.percent} %`}),
      !log.rows.length && !log.empty && !log.error && !log.rendered && !log.records && h("div", {class: "skeleton"}, h("i"), h("i"), h("i")),
    ]
  }

  function buildHits(found) {
    return [h("p", {class: "muted"}, h("span", {text: found.text}), iconButton("close", "Close the results", () => { search.value = ""; tell({act: "search", text: ""}) }, {class: "icon small"})),
      h("ol", {}, ...found.hits.map(hit => h("li", {}, h("button", {type: "button", class: "hit", onclick: () => tell({act: "jump", at: hit.at, line: hit.line})},
        h("span", {class: "at", text: hit.line === null ? "" : grouped(hit.line)}), h("span", {class: "cut", text: hit.text})))))]
  }

  function draw(log) {
    const isOther = !shown || !log || shown.key !== log.key || shown.path !== log.path
    const wasMarked = shown?.mark ?? null, stood = atEnd() // before what stands above the lines takes room from them
    if (!log || shown?.key !== log.key) { isFollowing = false; follow.press(false); search.value = "" }
    shown = log
    node.hidden = !log
    clearInterval(timer)
    if (isOther) { pieces = []; asked = null }
    if (!log) return void lines.replaceChildren(drawn.clear() ?? "")
    timer = setInterval(look, FOLLOW_MS)
    const own = !log.path || log.files.some(file => file.path === log.path) ? [] : [{path: log.path, text: visible(log.path.slice(log.path.lastIndexOf("/") + 1))}]
    redraw(files, [...own, ...log.files], all => all.map(file => h("option", {value: file.path, text: file.text, title: visible(file.tip || file.path)})))
    files.value = log.path
    files.hidden = !log.files.length && !own.length
    const seen = visible(log.path)
    path.title = seen
    folder.textContent = seen.slice(0, seen.lastIndexOf("/") + 1)
    name.replaceChildren(...ends(seen.slice(seen.lastIndexOf("/") + 1)))
    copyPath.hidden = !log.path
    facts.textContent = log.facts
    const isRich = Boolean(log.rendered || log.records)
    copyLines.hidden = !log.rows.length
    lines.hidden = isRich || !log.rows.length
    rich.hidden = !isRich
    redraw(rich, [log.rendered, log.records], () => log.rendered ? buildRendered(log.rendered) : log.records ? buildRecords(log.records, tell, copy) : [])
    if (isOther) rich.scrollTop = 0
    save.hidden = !log.path || !log.saves || Boolean(log.chunk)
    plain.hidden = !["json", "jsonl", "csv", "markdown", "image"].includes(log.kind) || log.rendered?.kind === "image"
    plain.press(log.as_lines)
    wrap.hidden = isRich
    const isNoText = ["image", "packed"].includes(log.rendered?.kind) // nothing there is found by lines
    for (const button of [firstError, field, last, follow]) button.hidden = isNoText
    for (const button of [firstError, last, follow]) button.disabled = !log.path || (button === follow && isRich)
    last.classList.toggle("on", !log.is_end)
    const {busy, error, progress, crash, elsewhere, note, unsearched, empty, rows} = log
    redraw(news, {busy, error, progress, crash, elsewhere, note, unsearched, empty, some: rows.length > 0 || isRich, percent: log.chunk?.percent}, () => buildNews(log))
    take(log.chunk)
    trackers.hidden = !log.trackers.links.length
    redraw(trackers, log.trackers, trackerLinks)
    hits.hidden = !log.found
    hits.style.setProperty("--gutter", gutter(log.found?.hits.map(hit => hit.line)))
    lines.style.setProperty("--gutter", gutter(log.rows.map(row => row[1])))
    redraw(hits, log.found, found => found ? buildHits(found) : [])
    drawLines(log, isOther, stood)
    drawMark(log.mark, log.mark !== wasMarked || isOther)
  }

  // Polite: only while it is open and seen; the server answers only if there is something new.
  function look() {
    if (isFollowing && shown && !shown.busy && node.isConnected && document.visibilityState === "visible") tell({act: "follow"})
  }

  return {node, bar, draw, stop: () => clearInterval(timer), focus: () => search.focus()}
}
