// The page of one job: what it uses, what stands out, and in the midst the charts that Panel draws.

export function render({model}) {
  const page = makePage(model, [["l", "its log"], ["b", "on the board"]]), {read} = page
  const trackers = h("nav", {class: "trackers", "aria-label": "Experiment trackers", hidden: true})
  const head = h("header"), tries = h("div", {class: "attempts", role: "group", "aria-label": "Attempts"}), stats = h("div", {class: "stats"}), verdicts = h("div"), uses = h("div", {class: "uses"}), devices = h("div"), facts = h("div")
  const missing = h("div", {class: "empty", hidden: true}), told = h("span", {class: "muted"}), measure = h("span"), problems = h("ul", {class: "problems pad"})
  const panel = (title, beside, ...content) => h("section", {class: "panel"}, h("header", {}, h("h2", {text: title}), h("span", {class: "space"}), beside), ...content)
  const charts = h("div", {class: "charts"}, model.is_live ? model.get_child("charts") : null)
  const whole = h("div", {class: "job-page"}, head, tries, stats, trackers, h("div", {class: "columns"},
    h("div", {}, panel("Use", told, uses, problems), panel("Over time", h("span", {class: "muted", text: "drag to zoom, hover for values"}), charts)),
    h("div", {}, panel("What stands out", null, verdicts), devices, panel("Facts", null, facts))))
  const sheet = h("div", {class: "sheet", tabIndex: -1}, missing, whole), root = h("div", {class: "board page", tabIndex: -1}, page.banner, sheet, ...page.overlay.nodes)
  let job = null

  function drawHead() {
    return [chip(job.state), h("h1", {text: job.name}), h("span", {class: "mono", text: job.id}), copyButton(page, job.id, "Copy the id"), h("span", {class: "muted", text: `on ${job.cluster}`}), h("span", {class: "space"}),
      h("a", {href: job.log, text: "Log", title: "What it writes (l)"}), h("a", {href: job.run, text: "Run"}), h("a", {href: job.board, text: "On the board", title: "In the table of jobs (b)"})]
  }

  // A requeued job was tried several times: what is shown is of one attempt, and says of which.
  function drawAttempts({attempts, job: {newest}}) {
    if (!attempts.length) return []
    const shown = attempts.find(each => each.shown)
    return [h("span", {class: "muted", text: "Attempt"}), ...attempts.map(each => h("button", {type: "button", class: "seg", "aria-pressed": String(each.shown), data: {focus: `attempt-${each.at}`},
      title: `submitted ${moment(each.at)}`, text: each.number, onclick: () => page.send({kind: "attempt", at: each.at})})),
      h("span", {class: "muted", text: shown ? `${shown.number} of ${attempts.length} is shown${newest ? ", the newest" : "; what is measured is of that attempt alone"}` : ""})]
  }

  function drawStats() {
    return [job.why && h("span", {text: job.why}), job.submitted && h("span", {}, "submitted ", h("b", {data: {ago: job.submitted}})),
      job.started && h("span", {}, job.ended ? "took " : "running for ", h("b", {data: {from: job.started, to: job.ended ?? ""}})), job.where && h("span", {}, "on ", h("b", {class: "mono", text: job.where})), h("span", {}, "by ", h("b", {text: job.user}))]
  }

  function bar(share, near) {
    return h("div", {class: `bar${near ? " near" : ""}`}, h("i", {style: {width: `${share ?? 0}%`}}))
  }

  function use(item) {
    return [h("b", {text: item.title}), item.share === null ? h("span", {class: "bar none", title: "not measured"}) : bar(item.share, item.near), h("span", {class: "share", text: item.percent}),
      h("span", {class: "what"}, item.text, item.note && h("span", {class: "muted", text: ` · ${item.note}`}))]
  }

  function drawVerdicts(items) {
    if (!items.length) return h("p", {class: "muted pad", text: job.ended ? "Nothing was measured." : "Nothing was measured yet."})
    return verdictList(items)
  }

  function ask(how) {
    const dialog = page.overlay.nodes[1], close = h("button", {type: "button", text: "Leave it", onclick: () => dialog.close()})
    page.overlay.openDialog("Measure the GPUs", h("h2", {text: "Measure the GPUs now?"}), h("p", {text: how.warning}), h("p", {class: "muted", text: "The job goes on. Nothing is started by itself: only this button does it."}),
      h("div", {class: "buttons"}, close, h("button", {type: "button", class: "primary", text: "Start the step", onclick: () => { dialog.close(); page.send({kind: "measure"}) }})))
    close.focus()
  }

  function drawMeasure(how) {
    if (!how.shown) return []
    const why = page.fleet.read_only ? "read-only mode is on" : how.refusal
    return h("button", {type: "button", text: how.busy ? "Measuring …" : "Measure GPUs …", disabled: how.busy || Boolean(why), title: why || "Starts a short step inside the job; you are asked before", data: {focus: "measure"}, onclick: () => ask(how)})
  }

  function device(item) {
    return [h("span", {class: "mono", title: `${item.name}\n${item.uuid}`, text: `${item.node}:${item.index}`}), item.share === null ? h("span", {class: "bar none"}) : bar(item.share), h("span", {class: "share", text: item.percent}),
      h("span", {class: "what muted", title: "memory", text: [item.memory, item.power, item.heat].filter(Boolean).join(" · ")})]
  }

  function drawDevices({devices, gpu_at, measure: how}) {
    measure.replaceChildren(...[drawMeasure(how)].flat())
    if (!devices.length && !how.shown) return []
    return panel("GPUs", measure, devices.length ? h("div", {class: "uses devices"}, ...devices.flatMap(device)) : h("p", {class: "muted pad", text: "Single GPUs were not measured yet."}),
      gpu_at && h("p", {class: "muted pad"}, "measured ", h("span", {data: {ago: gpu_at}})))
  }

  function drawFacts(rows) {
    return h("dl", {}, ...rows.flatMap(row => field(row.title, row.at ? h("span", {data: {ago: row.at}}) : h("span", {class: row.mono ? "mono" : "", text: row.copy ? visible(row.text) : row.text}), row.copy && copyButton(page, row.text))))
  }

  function drawBody() {
    const body = read("body")
    missing.hidden = !body.missing
    whole.hidden = Boolean(body.missing)
    if (body.missing) return redraw(missing, body, () => [h("h3", {text: `There is no job ${body.missing}`}), h("p", {class: "muted", text: "It was never seen here, or its records were cleaned up."}), h("a", {href: body.board, text: "The board"})])
    job = body.job
    redraw(head, job, drawHead)
    redraw(tries, {attempts: body.attempts, job: {newest: job.newest}}, drawAttempts)
    tries.hidden = !body.attempts.length
    redraw(stats, job, drawStats)
    redraw(trackers, body.trackers, trackerLinks)
    trackers.hidden = !body.trackers.links.length
    redraw(uses, body.uses, items => items.flatMap(use))
    redraw(told, [body.at, body.source], () => body.at ? [h("span", {title: body.source}, "measured ", h("span", {data: {ago: body.at}}))] : [])
    redraw(problems, body.problems, items => items.map(text => h("li", {class: "muted", text})))
    problems.hidden = !body.problems.length
    redraw(verdicts, body.verdicts, drawVerdicts)
    redraw(devices, [body.devices, body.gpu_at, body.measure, page.fleet.read_only], () => drawDevices(body))
    redraw(facts, body.facts, drawFacts)
    tellTimes(root)
  }

  const go = name => () => { if (job) location.assign(job[name]) }
  return runPage(page, root, {draws: {body: drawBody}, actions: {l: go("log"), b: go("board")}})
}
