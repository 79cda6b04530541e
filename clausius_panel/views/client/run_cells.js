// The cells of a run, of one of its jobs, and of a task of an array. All three share the columns.

const RUN_COLUMNS = [
  ["name", "Run", ""], ["state", "State", ""], ["why", "Why / after", ""], ["cluster", "Cluster", ""], ["user", "User", ""], ["jobs", "Jobs", "right"], ["gpus", "GPUs", "right"],
  ["time", "Time", "right"], ["submitted", "Submitted", "right"], ["acts", "", "right"],
]

function cell(name, ...content) {
  const kind = RUN_COLUMNS.find(([id]) => id === name)[2]
  return h("td", {class: `c-${name} ${kind}`}, ...content)
}

// GPUs that are held and do nothing: as in the table of jobs
const idleMark = tip => tip && h("span", {class: "idle", text: "GPUs idle", title: tip})

const age = at => at === null ? "–" : h("span", {data: {ago: at}})

function lasted(row) {
  if (!row.started) return "–"
  return h("span", {class: "used", data: {from: row.started, to: row.ended ?? ""}, title: row.limit ? `its limit is ${limit(row.limit)}` : ""})
}

function turner(page, what, key, isOpen, label) {
  return h("button", {type: "button", class: `turn${isOpen ? " open" : ""}`, tabIndex: -1, "aria-expanded": String(isOpen), "aria-label": `${isOpen ? "Close" : "Open"} ${label}`,
    onclick: () => page.send({kind: "turn", what, key})}, icon("right"))
}

function runCells(page, row) {
  const send = (kind, on) => () => page.send({kind, keys: [row.key], on})
  const act = (name, label, kind, on) => iconButton(name, label, send(kind, !on), {class: `icon small act${on ? " on" : ""}`, "aria-pressed": String(on), tabIndex: -1, disabled: page.fleet.read_only, data: {focus: kind + row.key}})
  return [
    cell("name", h("div", {class: "line"}, turner(page, "run", row.key, Boolean(row.rows), `run ${row.name}`), donut(row.families), row.project && projectChip(row.project),
      h("a", {class: "name", href: row.href, title: `${row.name}\n${row.tip}`, tabIndex: -1}, ...dimmed(row.name, row.dim)),
      row.attempt && h("span", {class: "mark", text: row.attempt, title: `the ${row.attempt} runs of this name`}),
      row.notes && h("a", {class: "mark icon-mark", href: row.href, title: row.notes, "aria-label": "notes", tabIndex: -1}, icon("note")))),
    cell("state", counts(row.families, 3)),
    cell("why", h("div", {class: "cut muted", title: row.why}, idleMark(row.idle), row.why)),
    cell("cluster", h("div", {class: "cut", text: row.cluster, title: row.cluster})),
    cell("user", h("div", {class: "cut", text: row.user, title: row.user})),
    cell("jobs", h("span", {text: grouped(row.jobs), title: row.tip})),
    cell("gpus", h("span", {text: row.gpus, title: row.gpus_tip})),
    cell("time", lasted(row)),
    cell("submitted", age(row.submitted)),
    cell("acts", h("div", {class: "acts"}, act("pin", row.pinned ? "No longer keep it here" : "Keep it here until it is dismissed", "pin", row.pinned), act("star", row.starred ? "Take the star away" : "Star this run", "star", row.starred),
      iconButton("close", "Dismiss: hide its jobs until their state changes", send("dismiss", true), {class: "icon small act", tabIndex: -1, disabled: page.fleet.read_only}))),
  ]
}

function jobCells(page, row, indent = 1) {
  return [
    cell("name", h("div", {class: "line", style: {paddingLeft: `${indent * 48 + row.depth * 16}px`}}, row.depth > 0 && h("span", {class: "branch", title: row.after.map(item => item.text).join("\n")}, icon("branch")),
      row.opens && turner(page, "array", row.key, Boolean(row.rows), `the ${row.tasks} tasks of ${row.name}`), row.opens && donut(row.families, 16),
      h("a", {class: `name${row.background ? " background" : ""}`, href: row.href, title: `${row.name}\njob ${row.id}`, tabIndex: -1}, ...dimmed(row.name, row.dim)),
      h("span", {class: "muted mono id", text: row.id}), row.tag && h("span", {class: `mark ${row.tag.text}`, text: row.tag.text, title: row.tag.tip}),
      row.attempts > 1 && h("span", {class: "mark", text: `attempt ${row.attempts}`, title: "it was requeued"}))),
    cell("state", row.opens ? counts(row.families, 3) : chip(row.state)),
    cell("why", h("div", {class: "cut muted", title: [row.why.tip, ...row.after.map(item => item.text)].filter(Boolean).join("\n")}, idleMark(row.idle), row.why.text || row.after.map(item => item.text).join(", "))),
    cell("cluster"), cell("user"), cell("jobs", row.tasks > 1 ? h("span", {text: grouped(row.tasks), title: `${row.tasks} tasks`}) : ""), cell("gpus", row.gpus), cell("time", lasted(row)), cell("submitted", age(row.submitted)),
    cell("acts", row.log && h("a", {class: "log", href: row.log, title: "Its log", "aria-label": `Log of ${row.name}`, tabIndex: -1}, icon("log"))),
  ]
}

function taskCells(page, row, indent) {
  return [
    cell("name", h("div", {class: "line", style: {paddingLeft: `${indent}px`}}, h("a", {class: "name cut", href: row.href, text: row.name, title: row.name, tabIndex: -1}), h("span", {class: "muted mono id", text: row.id}))),
    cell("state", chip(row.state)), cell("why", h("div", {class: `cut muted${row.why.mono ? " mono" : ""}`, text: row.why.text, title: row.why.tip ?? ""})), cell("cluster"), cell("user"), cell("jobs"), cell("gpus", row.gpus), cell("time", lasted(row)), cell("submitted", age(row.submitted)),
    cell("acts", row.log && h("a", {class: "log", href: row.log, title: "Its log", "aria-label": `Log of ${row.id}`, tabIndex: -1}, icon("log"))),
  ]
}

// every row that is to be seen, parents first: {key, kind, row, cells}
function allRows(page, runs, jobs = null, indent = 1) {
  const found = []
  const addJobs = rows => rows.forEach(job => {
    found.push({key: `job ${job.key}`, kind: "job", row: job, cells: () => jobCells(page, job, indent)})
    job.rows?.forEach(task => found.push({key: `task ${task.key}`, kind: "task", row: task, cells: () => taskCells(page, task, indent * 48 + 30 + job.depth * 16)}))
    if (job.more > 0) found.push({key: `more ${job.key}`, kind: "more", row: {}, cells: () => [h("td", {class: "muted", colSpan: RUN_COLUMNS.length, style: {paddingLeft: `${indent * 48 + 30}px`}, text: `and ${grouped(job.more)} more tasks: the board lists them all`})]})
  })
  runs.forEach(run => {
    found.push({key: `run ${run.key}`, kind: "run", row: run, cells: () => runCells(page, run)})
    if (run.rows) addJobs(run.rows)
  })
  if (jobs) addJobs(jobs)
  return found
}
