// The page of one run.

export function render({model}) {
  const page = makePage(model, [["Enter", "open the job, or the array"], ["s", "star the run"]]), {read} = page
  const trackers = h("nav", {class: "trackers", "aria-label": "Experiment trackers", hidden: true})
  const head = h("header", {class: "top"}), stats = h("div", {class: "stats"}), facts = h("div"), earlier = h("div"), missing = h("div", {class: "empty", hidden: true})
  const gantt = makeGantt(page), table = makeRunTable(page, {label: "Jobs", picks: false, titles: {name: "Job", jobs: "Tasks"}}), notes = makeNotes(page), provenance = makeProvenance(page)
  const legend = h("span", {class: "legend"}, h("span", {}, h("i", {class: "wait"}), "waited"), h("span", {}, h("i"), "ran"))
  const panel = (title, ...content) => h("section", {class: "panel"}, h("header", {}, h("h2", {text: title}), h("span", {class: "space"}), title === "Course" && legend), ...content)
  const whole = h("div", {}, head, stats, trackers, h("div", {class: "columns"},
    h("div", {}, panel("Course", gantt.node), panel("Jobs", h("div", {class: "wide"}, table.node)), provenance.node), h("div", {}, notes.node, panel("Facts", facts), earlier)))
  const sheet = h("div", {class: "sheet", tabIndex: -1}, missing, whole), root = h("div", {class: "board page", tabIndex: -1}, page.banner, sheet, ...page.overlay.nodes)
  whole.className = "run-page"
  let run = null, drawn = 0

  function drawHead(row) {
    return [row.project && projectChip(row.project), donut(row.families, 24), h("h1", {text: row.name}), row.true_name && copyButton(page, row.true_name, "Copy the name"),
      iconButton("star", row.starred ? "Take the star away (s)" : "Star this run (s)", () => page.send({kind: "star", on: !row.starred}), {class: `icon act${row.starred ? " on" : ""}`, style: {opacity: 1}, "aria-pressed": String(row.starred), disabled: page.fleet.read_only, data: {focus: "star"}}),
      row.attempt && h("span", {class: "mark", text: row.attempt, title: `the ${row.attempt} runs of this name`})]
  }

  function drawStats(row) {
    return [counts(row.families, 8), h("span", {}, h("b", {text: row.tip})), row.submitted && h("span", {}, "submitted ", h("b", {data: {ago: row.submitted}})),
      row.started && h("span", {}, row.ended ? "took " : "running for ", h("b", {data: {from: row.started, to: row.ended ?? ""}})), row.gpus !== "–" && h("span", {}, h("b", {text: row.gpus}), row.gpus === "1" ? " GPU" : " GPUs"), row.why && h("span", {text: row.why})]
  }

  function drawFacts(rows) {
    return h("dl", {}, ...rows.flatMap(row => field(row.title, h("span", {class: row.mono ? "mono" : "", text: row.copy ? visible(row.text) : row.text}), row.copy && copyButton(page, row.text))))
  }

  function drawEarlier(rows) {
    return rows.length ? panel("Earlier runs of this name", h("dl", {}, ...rows.flatMap(row => field(row.id, h("a", {href: row.href, data: row.at ? {ago: row.at} : {}, text: row.id}))))) : []
  }

  function drawBody() {
    const body = read("body")
    missing.hidden = !body.missing
    whole.hidden = Boolean(body.missing)
    if (body.missing) return redraw(missing, body, () => [h("h3", {text: `There is no run ${body.missing}`}), h("p", {class: "muted", text: "It was never seen here, or its records were cleaned up."}), h("a", {href: body.runs, text: "All runs"})])
    run = body.run
    redraw(head, [run, page.fleet.read_only], () => drawHead(run))
    redraw(stats, run, drawStats)
    redraw(trackers, body.trackers, trackerLinks)
    trackers.hidden = !body.trackers.links.length
    redraw(facts, body.facts, drawFacts)
    redraw(earlier, body.earlier, drawEarlier)
    table.draw(allRows(page, [], run.rows, 0))
    notes.draw(run)
    provenance.draw(run, body.captured, read("filters").tab)
    const said = JSON.stringify(body.bars)
    if (gantt.node.said !== said) { gantt.node.said = said; gantt.draw(body.bars) }
    tellTimes(root)
  }

  return runPage(page, root, {
    draws: {body: drawBody, filters: drawBody, saved: () => notes.saved(read("saved"))},
    actions: {j: () => table.step(1), k: () => table.step(-1), ArrowDown: () => table.step(1), ArrowUp: () => table.step(-1), Enter: table.open, o: table.go, s: () => { if (run) page.send({kind: "star", on: !run.starred}) }},
    tick: () => { table.tick(); if (gantt.isLive && clock.now() - drawn > 10) { drawn = clock.now(); gantt.draw() } }, stop: notes.stop,
  })
}
