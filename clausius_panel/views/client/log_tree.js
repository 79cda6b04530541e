// The directories that a job's files lie in, a level at a time.

// The names of a job's files differ at their ends: these stay when a name is cut.
function ends(name) {
  const letters = [...name]
  if (letters.length < 16) return [h("bdi", {class: "cut", text: name})]
  return [h("bdi", {class: "cut", text: letters.slice(0, -10).join("")}), h("bdi", {class: "tail", text: letters.slice(-10).join("")})]
}

function makeTree(tell) {
  const node = h("nav", {class: "tree", "aria-label": "Files", hidden: true})
  let seen = null
  const MARKS = {directory: "▸", link: "↪", special: "·", problem: "!", note: ""}

  function row(item, path) {
    const style = {paddingLeft: `${6 + 12 * item.depth}px`}
    if (item.kind === "problem" || item.kind === "note") return h("p", {class: item.kind === "problem" ? "bad" : "muted", style, text: visible(item.name)})
    const isFolder = item.kind === "directory"
    return h("button", {
      type: "button", class: `entry ${item.kind}${item.path === path ? " here" : ""}`, style, title: visible(item.tip ?? item.path), disabled: item.kind === "special",
      "aria-expanded": isFolder ? String(item.is_open) : null, "aria-label": visible(item.name), "aria-current": item.path === path ? "true" : null, data: {focus: `${item.depth}${item.path}`},
      onclick: () => tell({act: isFolder ? "folder" : "file", path: item.path})},
    h("span", {class: "mark", text: isFolder && item.is_open ? "▾" : MARKS[item.kind] ?? "", "aria-hidden": "true"}),
    item.depth ? h("span", {class: "both"}, ...ends(visible(item.name))) : h("span", {class: "cut root"}, h("bdi", {text: visible(item.name)})), item.size && h("span", {class: "muted size", text: item.size}))
  }

  // the shown file is brought into view once, when it is another one or its directory was opened
  function reveal(path) {
    const here = node.querySelector(".here"), isNew = here && seen !== path
    if (!here || !node.clientHeight) seen = null
    else if (isNew) {
      seen = path
      const above = here.offsetTop - node.offsetTop
      if (above < node.scrollTop || above + here.offsetHeight > node.scrollTop + node.clientHeight) node.scrollTop = above - node.clientHeight / 2
    }
  }

  function draw(rows, path) {
    const top = node.scrollTop
    if (redraw(node, [rows, path], () => rows.length ? rows.map(item => row(item, path)) : [h("p", {class: "muted", text: "No directory is known yet."})])) node.scrollTop = top
    reveal(path)
  }

  return {node, draw}
}
