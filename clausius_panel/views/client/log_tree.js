// The directories that a job's files lie in, a level at a time.

function makeTree(tell) {
  const node = h("nav", {class: "tree", "aria-label": "Files", hidden: true})
  const MARKS = {directory: "▸", link: "↪", special: "·", problem: "!", note: ""}

  function row(item, path) {
    const style = {paddingLeft: `${6 + 12 * item.depth}px`}
    if (item.kind === "problem" || item.kind === "note") return h("p", {class: item.kind === "problem" ? "bad" : "muted", style, text: visible(item.name)})
    const isFolder = item.kind === "directory"
    return h("button", {
      type: "button", class: `entry ${item.kind}${item.path === path ? " here" : ""}`, style, title: visible(item.tip ?? item.path), disabled: item.kind === "special",
      "aria-expanded": isFolder ? String(item.is_open) : null, "aria-current": item.path === path ? "true" : null, data: {focus: `${item.depth}${item.path}`},
      onclick: () => tell({act: isFolder ? "folder" : "file", path: item.path})},
    h("span", {class: "mark", text: isFolder && item.is_open ? "▾" : MARKS[item.kind] ?? "", "aria-hidden": "true"}),
    h("span", {class: item.depth ? "cut" : "cut root"}, h("bdi", {text: visible(item.name)})), item.size && h("span", {class: "muted size", text: item.size}))
  }

  function draw(rows, path) { redraw(node, [rows, path], () => rows.length ? rows.map(item => row(item, path)) : [h("p", {class: "muted", text: "No directory is known yet."})]) }

  return {node, draw}
}
