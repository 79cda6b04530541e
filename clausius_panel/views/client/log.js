// The logs of a job: one file, another beside it, the directories they lie in, and the tasks of the array.

function makeLog(board) {
  let shown = null, hasTree = Boolean(board.props?.wide), unfolded = ""
  const tell = message => board.send({kind: "log", ...message})
  const main = makeViewer(board, false), side = makeViewer(board, true), tree = makeTree(tell)
  const task = h("select", {"aria-label": "Task", hidden: true, onchange: () => tell({act: "task", id: task.value})})
  const browse = press("Files", "Browse the directories of this job", on => { hasTree = on; draw(shown) })
  const beside = press("Side by side", "Show what it writes to stderr beside stdout", on => tell({act: "beside", off: !on}))
  const link = h("button", {type: "button", class: "link", text: "Copy link", title: "Copy a link to this file, the marked line, and the file beside", onclick: copyLink})
  const wide = h("a", {class: "button", text: "Open wide", title: "Open the log on a page of its own", hidden: Boolean(board.props?.wide || board.props?.cell)})
  main.bar.prepend(task)
  const about = board.props?.job // on a page of its own nothing else says whose logs these are
  const head = about && h("h1", {}, h("a", {href: about.href, title: "The job's page", text: about.name || `job ${about.text}`}), about.name && h("span", {class: "muted", text: about.text}))
  const back = about && h("a", {class: "link", href: about.board, text: "On the board"})
  const desk = h("div", {class: "desk"}, head, browse, beside, h("span", {class: "space"}), !board.props?.cell && link, back, wide)
  const panes = h("div", {class: "panes"}, tree.node, main.node)
  const node = h("section", {class: "log", hidden: true, "aria-label": "Log"}, desk, panes)
  browse.ariaPressed = String(hasTree)

  function press(text, tip, changed) {
    const button = h("button", {type: "button", class: "switch", text, title: tip, "aria-pressed": "false", onclick: () => { button.ariaPressed = String(button.ariaPressed !== "true"); changed(button.ariaPressed === "true") }})
    return button
  }

  function address() {
    if (!shown?.link) return ""
    const marked = shown.rows.find(row => row[0] === shown.mark)
    const asked = {page: "log", ...shown.link, ...(shown.path && {path: shown.path}), ...(marked?.[1] && {line: marked[1]}), ...(shown.side?.path && {side: shown.side.path})}
    return `?${new URLSearchParams(asked)}`
  }

  async function copyLink() { if (await copyText(new URL(address(), location.href).href)) board.overlay.say("copied the link") }

  function draw(log) {
    shown = log
    node.hidden = !log
    main.draw(log)
    side.draw(log?.side ?? null)
    if (!log?.side) side.node.remove()
    else if (!side.node.isConnected) panes.append(side.node)
    if (!log) return
    tree.node.hidden = !hasTree
    tree.draw(log.tree, log.path)
    if (hasTree && log.tree.length && !log.busy && unfolded !== log.key) {
      unfolded = log.key
      if (!log.tree.some(row => row.is_open)) tell({act: "folder", path: log.tree[0].path})
    }
    task.hidden = log.tasks.length < 2
    const all = log.tasks.some(each => each.id === log.task) ? [] : [h("option", {value: log.task, text: "all tasks"})]
    redraw(task, [log.tasks, all.length], () => [...all, ...log.tasks.map(each => h("option", {value: each.id, text: `task ${each.text}`}))])
    task.value = log.task
    beside.hidden = !log.other && !log.side
    beside.ariaPressed = String(Boolean(log.side))
    node.classList.toggle("split", Boolean(log.side))
    wide.href = address()
    link.hidden = !log.path
    if (board.props?.wide && log.path) history.replaceState(history.state, "", address())
  }

  return {node, draw, stop: () => { main.stop(); side.stop() }, focus: main.focus, get isOpen() { return !node.hidden }}
}
