// One job, at the side: the table stays in use, and j and k go through the jobs.

function makeDrawer(board) {
  const log = makeLog(board), top = h("div", {class: "head"}), details = h("div", {class: "details"})
  const tab = (name, text) => h("button", {type: "button", role: "tab", text, onclick: () => show(name)})
  const tabs = [tab("", "Details"), tab("log", "Log")], row = h("div", {class: "tabs", role: "tablist"}, ...tabs)
  const node = h("aside", {class: "drawer", hidden: true, "aria-label": "Job"}, top, row, details, log.node)

  function copyButton(text) {
    return iconButton("copy", "Copy", async () => { if (await copyText(text)) board.overlay.say(`copied ${visible(text)}`) }, {class: "icon small"})
  }

  function field(item) {
    const value = item.at ? h("span", {}, h("span", {data: {ago: item.at}}), h("span", {class: "muted", text: ` · ${new Date(item.at * 1000).toLocaleString([], {dateStyle: "medium", timeStyle: "short"})}`}))
      : h("span", {class: item.mono ? "mono" : "", text: item.copy ? visible(item.text) : item.text})
    return [h("dt", {text: item.title}), h("dd", {}, value, item.copy && copyButton(item.text))]
  }

  function event(item) {
    return h("li", {title: item.tip}, h("span", {class: `dot ${item.family}`}, icon(item.family)), h("span", {text: item.text}),
      h("span", {class: "muted cut", text: item.note, title: item.note}), h("span", {class: "muted", data: {ago: item.at}}))
  }

  function head(job) {
    return h("header", {},
      h("div", {class: "what"}, h("span", {class: "mono", text: job.id}), copyButton(job.id), h("span", {class: "muted", text: `on ${job.cluster}`}), h("span", {class: "space"}),
        job.can_cancel && h("button", {type: "button", class: "danger", text: "Cancel …", onclick: () => board.send({kind: "ask", act: "cancel", keys: [job.key]})}),
        job.newest && h("button", {type: "button", class: "pick", "aria-haspopup": "menu", onclick: event => board.menu(event.currentTarget, {kind: "menu", keys: [job.key]})}, "Actions", icon("down")),
        iconButton("close", "Close (Esc)", close)),
      !job.missing && h("h2", {text: job.name}),
      !job.missing && job.attempts.length > 0 && attempts(job))
  }

  // A requeued job was tried several times; each attempt opens by itself.
  function attempts(job) {
    return h("div", {class: "attempts", role: "group", "aria-label": "Attempts"}, h("span", {class: "muted", text: "Attempt"}), ...job.attempts.map(each =>
      h("button", {type: "button", class: "seg", "aria-pressed": String(each.shown), title: `submitted ${moment(each.at)}`, text: each.number,
        onclick: () => board.open(each.row)})))
  }

  function build(job) {
    if (job.missing) return [h("p", {class: "muted pad", text: `No job ${job.id} was ever seen on ${job.cluster}, or it is still being read.`})]
    return [
      h("div", {class: "pad verdict"}, chip(job.state), h("span", {text: job.why})),
      h("section", {class: "use"}, h("h3", {text: "Use of its resources"}), job.verdicts.length > 0 && verdictList(job.verdicts),
        board.props.cell ? false : h("a", {href: job.page, text: "CPU, memory and GPUs over time"})),
      ...job.groups.map(group => h("section", {}, h("h3", {text: group.title}), h("dl", {}, ...group.fields.flatMap(field)))),
      job.events.length > 0 && h("section", {}, h("h3", {text: "Changes of state, as seen from here"}), h("ol", {class: "events"}, ...job.events.map(event)))]
  }

  function close() { board.open(null) }

  function draw(job) {
    node.hidden = !job
    if (job) redraw(top, job, head)
    if (job && redraw(details, job, build)) tellTimes(node)
  }

  function drawLog(part) {
    node.classList.toggle("logging", part !== null)
    tabs.forEach((button, at) => button.setAttribute("aria-selected", String((at === 1) === (part !== null))))
    log.draw(part)
  }

  function show(name) { board.choose("tab", name, {kind: "tab", tab: name}) }

  function turn() { if (board.openedRow()) show(board.now("tab", log.isOpen ? "log" : "") ? "" : "log") }

  return {node, draw, drawLog, turn, close, stop: log.stop, tick: () => { if (!node.hidden) tellTimes(node) }}
}
